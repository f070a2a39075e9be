// BM25 as Lucene has it since version 8. For a question of terms t and a passage p:
//
//   score = sum over t of  c(t) idf(t) f / (f + k1 (1 - b + b |p| / avg))
//   idf(t) = ln(1 + (N - n(t) + 0.5) / (n(t) + 0.5))
//
// f: how often t stands in p; c(t): in the question; |p|: terms of p; avg: their mean; N: passages;
// n(t): passages with t. Lengths are exact, where Lucene rounds them to a byte.
//
// Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework"; Kamphuis et al. 2020,
// "Which BM25 Do You Mean?" (the variant "Lucene (accurate)").
#pragma once

#include <cmath>
#include <cstdint>

namespace dpr {

struct Bm25Parameters {
  double k1 = 0.9;  // how soon repeating a term stops to count, >= 0
  double b = 0.4;   // how much long passages pay, 0 to 1

  bool operator==(const Bm25Parameters&) const = default;
};

void CheckBm25Parameters(const Bm25Parameters& parameters);  // kUsage outside these bounds

// Of all segments together, deleted passages included until compaction rewrites them.
struct LexicalStatistics {
  int64_t passages = 0;  // N
  int64_t terms = 0;     // the sum of their lengths

  double average_length() const {
    return passages == 0 ? 0 : static_cast<double>(terms) / static_cast<double>(passages);
  }
};

inline double Bm25Idf(int64_t passages, int64_t passages_with_term) {
  const double n = static_cast<double>(passages_with_term);
  return std::log1p((static_cast<double>(passages) - n + 0.5) / (n + 0.5));
}

// What a passage's length adds to f in the denominator.
inline double Bm25LengthPenalty(const Bm25Parameters& p, double length, double average_length) {
  return p.k1 * (1 - p.b + (average_length > 0 ? p.b * length / average_length : 0));
}

inline double Bm25TermShare(double frequency, double penalty) {
  return frequency / (frequency + penalty);
}

}  // namespace dpr
