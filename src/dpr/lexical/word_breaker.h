// Text into words by Unicode's rules (UAX #29), what Lucene's standard tokenizer does: runs of
// letters, digits and underscores, with an apostrophe or a full stop between letters
// ("can't", "u.s") and a comma or a full stop between digits ("1,000.5"); punctuation is no word.
// Chinese, Japanese and Thai are cut by ICU's dictionaries.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace dpr {

// Not thread-safe: one per thread.
class WordBreaker {
 public:
  WordBreaker();
  ~WordBreaker();
  WordBreaker(WordBreaker&&) noexcept;
  WordBreaker& operator=(WordBreaker&&) noexcept;

  // Calls visit(word) for each word of `text` in order, in lower case. Bytes that are not UTF-8
  // count as U+FFFD, which is no word. The view is valid during the call.
  using Visitor = std::function<void(std::string_view)>;
  void ForEachWord(std::string_view text, const Visitor& visit);
  // The slow twin: ICU for everything.
  void ForEachWordByIcu(std::string_view text, const Visitor& visit);

 private:
  struct Icu;
  void BreakAscii(std::string_view text, const Visitor& visit);
  std::unique_ptr<Icu> icu_;
  std::string word_;
};

}  // namespace dpr
