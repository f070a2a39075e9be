#include "dpr/vectors/top_k.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dpr/base/error.h"

namespace dpr {
namespace {

// An object and not a function, so that the heap's loops have it inlined.
constexpr auto kRanksBefore = [](const ScoredRow& a, const ScoredRow& b) {
  return RanksBefore(a, b);
};

}  // namespace

TopK::TopK(int64_t k) : k_(k) { DPR_CHECK(k >= 1); }

void TopK::Insert(ScoredRow candidate) {
  if (std::isnan(candidate.score)) return;
  if (full()) {
    std::pop_heap(heap_.begin(), heap_.end(), kRanksBefore);
    heap_.back() = candidate;
  } else {
    heap_.push_back(candidate);
  }
  std::push_heap(heap_.begin(), heap_.end(), kRanksBefore);
}

void TopK::Merge(const TopK& other) {
  for (const ScoredRow& candidate : other.heap_) Push(candidate);
}

float TopK::worst_score() const {
  return full() ? heap_.front().score : -std::numeric_limits<float>::infinity();
}

std::vector<ScoredRow> TopK::Sorted() const {
  std::vector<ScoredRow> sorted = heap_;
  std::sort(sorted.begin(), sorted.end(), kRanksBefore);
  return sorted;
}

void JoinResults(const std::vector<std::vector<ScoredRow>>& more, int64_t k,
                 std::vector<std::vector<ScoredRow>>& results) {
  for (size_t i = 0; i < results.size(); ++i) {
    TopK best(k);
    for (const ScoredRow& hit : results[i]) best.Push(hit);
    for (const ScoredRow& hit : more[i]) best.Push(hit);
    results[i] = best.Sorted();
  }
}

}  // namespace dpr
