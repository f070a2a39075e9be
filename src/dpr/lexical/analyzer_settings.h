// How texts become the terms that BM25 counts.
#pragma once

#include <string>

namespace dpr {

struct AnalyzerSettings {
  // "english": Snowball's stemmer (Porter 2) and Lucene's 33 stop words. "porter": Porter's first
  // stemmer, after a possessive 's is taken off, as Anserini has it, and the same stop words. Any
  // other language that Xapian stems ("german", ...): its stemmer, no stop words. "none": words.
  std::string language = "english";

  bool operator==(const AnalyzerSettings&) const = default;
};

}  // namespace dpr
