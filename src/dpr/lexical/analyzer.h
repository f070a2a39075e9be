// Text into the terms that BM25 counts: words, without stop words, stemmed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/lexical/analyzer_settings.h"
#include "dpr/lexical/word_breaker.h"

namespace dpr {

struct TermCount {
  std::string term;
  int64_t count = 0;
};

// Not thread-safe: one per thread.
class Analyzer {
 public:
  // The longest term; a longer word is cut, here and in questions alike. Xapian's limit is 245.
  static constexpr size_t kLongestTerm = 240;

  // kUsage for a language that there is no stemmer for.
  explicit Analyzer(const AnalyzerSettings& settings);
  ~Analyzer();
  Analyzer(Analyzer&&) noexcept;
  Analyzer& operator=(Analyzer&&) noexcept;

  // The terms of `text`, in order.
  void ForEachTerm(std::string_view text, const WordBreaker::Visitor& visit);
  // The different terms of `text` in the order of their first appearance, counted.
  std::vector<TermCount> CountTerms(std::string_view text);

  static std::vector<std::string> Languages();

 private:
  struct Stemmer;
  AnalyzerSettings settings_;
  WordBreaker words_;
  std::unique_ptr<Stemmer> stemmer_;
  std::string term_;
};

}  // namespace dpr
