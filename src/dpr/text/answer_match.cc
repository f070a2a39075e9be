#include "dpr/text/answer_match.h"

#include <fmt/format.h>
#include <unicode/regex.h>

#include <mutex>
#include <set>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/utf8.h"
#include "dpr/text/answer_tokens.h"
#include "dpr/text/regex_syntax.h"

namespace dpr {
namespace {

// ICU's unit, about 10,000 steps of its engine: milliseconds on today's machines.
constexpr int32_t kTimeLimit = 500;
constexpr int32_t kTextPerTimeUnit = 64;  // UTF-16 units of text that add one

using Pattern = std::unique_ptr<icu::RegexPattern>;

std::string ToUtf8(const std::u16string& text) {
  std::string utf8;
  icu::UnicodeString(false, text.data(), static_cast<int32_t>(text.size())).toUTF8String(utf8);
  return utf8;
}

// Null, and `problem` says why, when it cannot be used.
Pattern Compile(const std::string& answer, std::string& problem) {
  const IcuRegex regex = TranslateRegex(ToUtf8(DecomposeToUtf16(answer)));
  problem = regex.problem;
  if (!problem.empty()) return nullptr;
  const uint32_t flags = UREGEX_CASE_INSENSITIVE | UREGEX_MULTILINE | UREGEX_UNIX_LINES |
                         UREGEX_ERROR_ON_UNKNOWN_ESCAPES | (regex.dot_all ? UREGEX_DOTALL : 0);
  UErrorCode status = U_ZERO_ERROR;
  UParseError place{};
  Pattern pattern(icu::RegexPattern::compile(icu::UnicodeString::fromUTF8(regex.pattern), flags,
                                             place, status));
  if (U_FAILURE(status)) {
    problem = fmt::format("it is no regular expression ({})", u_errorName(status));
    return nullptr;
  }
  return pattern;
}

}  // namespace

MatchablePassage::MatchablePassage(std::string_view text, MatchMode mode) : mode_(mode) {
  if (mode == MatchMode::kString) {
    tokens_ = AnswerTokens(text);
  } else {
    text_ = DecomposeToUtf16(text);
  }
}

struct AnswerMatcher::Compiled {
  struct Regex {
    std::string answer;
    Pattern pattern;
  };

  bool Find(size_t regex, const icu::UnicodeString& text);

  MatchMode mode;
  std::vector<std::string> tokens;
  std::vector<Regex> regexes;
  std::vector<std::string> bad_patterns, problems;  // problems[i]: of bad_patterns[i]
  std::mutex mutex;
  std::set<size_t> slow;  // indexes of regexes; guarded by `mutex`
};

bool AnswerMatcher::Compiled::Find(size_t regex, const icu::UnicodeString& text) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::RegexMatcher> matcher(regexes[regex].pattern->matcher(text, status));
  if (U_SUCCESS(status)) {
    matcher->setTimeLimit(kTimeLimit + text.length() / kTextPerTimeUnit, status);
  }
  const bool found = U_SUCCESS(status) && matcher->find(status);
  if (U_SUCCESS(status)) return found;
  const std::lock_guard lock(mutex);
  slow.insert(regex);
  return false;
}

AnswerMatcher::AnswerMatcher(std::span<const std::string> answers, MatchMode mode)
    : compiled_(std::make_unique<Compiled>()) {
  compiled_->mode = mode;
  for (const std::string& answer : answers) {
    if (mode == MatchMode::kString) {
      compiled_->tokens.push_back(AnswerTokens(answer));
      continue;
    }
    std::string problem;
    if (Pattern pattern = Compile(answer, problem)) {
      compiled_->regexes.push_back({answer, std::move(pattern)});
    } else {
      compiled_->bad_patterns.push_back(answer);
      compiled_->problems.push_back(problem);
    }
  }
}

AnswerMatcher::AnswerMatcher(AnswerMatcher&&) noexcept = default;
AnswerMatcher& AnswerMatcher::operator=(AnswerMatcher&&) noexcept = default;
AnswerMatcher::~AnswerMatcher() = default;

bool AnswerMatcher::Matches(const MatchablePassage& passage) const {
  DPR_CHECK(passage.mode() == compiled_->mode);
  for (const std::string& tokens : compiled_->tokens) {
    if (passage.tokens_.find(tokens) != std::string::npos) return true;
  }
  if (compiled_->regexes.empty()) return false;
  const icu::UnicodeString text(false, passage.text_.data(),
                                static_cast<int32_t>(passage.text_.size()));
  for (size_t i = 0; i < compiled_->regexes.size(); ++i) {
    if (compiled_->Find(i, text)) return true;
  }
  return false;
}

bool AnswerMatcher::Matches(std::string_view passage_text) const {
  return Matches(MatchablePassage(passage_text, compiled_->mode));
}

const std::vector<std::string>& AnswerMatcher::bad_patterns() const {
  return compiled_->bad_patterns;
}

std::vector<std::string> AnswerMatcher::slow_patterns() const {
  const std::lock_guard lock(compiled_->mutex);
  std::vector<std::string> patterns;
  for (const size_t regex : compiled_->slow) patterns.push_back(compiled_->regexes[regex].answer);
  return patterns;
}

std::vector<std::string> AnswerMatcher::Problems() const {
  std::vector<std::string> sentences;
  for (size_t i = 0; i < compiled_->bad_patterns.size(); ++i) {
    sentences.push_back(fmt::format("the answer `{}` matches nothing: {}",
                                    compiled_->bad_patterns[i], compiled_->problems[i]));
  }
  for (const std::string& pattern : slow_patterns()) {
    sentences.push_back(
        fmt::format("the answer `{}` takes too long in some passages: no match there", pattern));
  }
  return sentences;
}

}  // namespace dpr
