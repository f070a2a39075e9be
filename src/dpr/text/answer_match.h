// Does a passage hold the answer to a question? The two ways in which DPR's evaluation decides
// (Karpukhin et al. 2020, section 5; the rules are those of its published evaluation):
//
//   string  Passage and answer in NFD, cut into tokens, each a maximal run of letters, numbers and
//           marks or one other character that is neither separator nor control ("C" and "Z" of
//           Unicode), each lower-cased; the answer's tokens must stand in the passage in a row. So
//           accents count (Beyoncé is not Beyonce), ’ is not ', and an answer without any token
//           stands in every passage.
//   regex   The answer in NFD is a regular expression, searched in the passage in NFD without
//           regard to case, ^ and $ at line ends (CuratedTREC). One that cannot be compiled matches
//           nothing and is reported.
//
// Only the passage's text is looked at, not its title. See docs/design/answer-match.md for what of
// Python's `regex` syntax is understood.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dpr {

enum class MatchMode { kString, kRegex };

// A passage's text made ready for any number of questions. Immutable and thread-safe.
class MatchablePassage {
 public:
  MatchablePassage(std::string_view text, MatchMode mode);
  MatchMode mode() const { return mode_; }

 private:
  friend class AnswerMatcher;
  MatchMode mode_;
  std::string tokens_;   // kString: see answer_tokens.h
  std::u16string text_;  // kRegex: in NFD
};

// One question's answers, compiled once. Thread-safe.
class AnswerMatcher {
 public:
  AnswerMatcher(std::span<const std::string> answers, MatchMode mode);
  AnswerMatcher(AnswerMatcher&&) noexcept;
  AnswerMatcher& operator=(AnswerMatcher&&) noexcept;
  ~AnswerMatcher();

  // Does any of the answers match? `passage` must be of the same mode.
  bool Matches(const MatchablePassage& passage) const;
  bool Matches(std::string_view passage_text) const;

  // Regular expressions that match nothing because they cannot be used: not compilable, or with
  // syntax of Python's `regex` that is not understood here.
  const std::vector<std::string>& bad_patterns() const;
  // Those given up in some passage so far because matching took too many steps (a count that does
  // not depend on the machine); there they count as no match.
  std::vector<std::string> slow_patterns() const;
  // A sentence for each of both, for the user.
  std::vector<std::string> Problems() const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace dpr
