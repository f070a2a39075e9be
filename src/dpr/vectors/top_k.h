// The one top-k: order is score descending, then row ascending; NaN never enters.
#pragma once

#include <cstdint>
#include <vector>

#include "dpr/base/rows.h"

namespace dpr {

// Collects the best k of a stream of candidates. k >= 1. Not thread-safe: one per thread, then
// Merge.
class TopK {
 public:
  explicit TopK(int64_t k);
  void Push(ScoredRow candidate) {
    if (full() && !RanksBefore(candidate, heap_.front())) return;
    Insert(candidate);
  }
  void Merge(const TopK& other);
  bool full() const { return static_cast<int64_t>(heap_.size()) == k_; }
  float worst_score() const;              // of the k kept; -infinity while not full
  std::vector<ScoredRow> Sorted() const;  // best first
  int64_t k() const { return k_; }

 private:
  void Insert(ScoredRow candidate);
  int64_t k_;
  std::vector<ScoredRow> heap_;  // worst at the front
};

// For each question the k best of both lists, best first, in `results`.
void JoinResults(const std::vector<std::vector<ScoredRow>>& more, int64_t k,
                 std::vector<std::vector<ScoredRow>>& results);

}  // namespace dpr
