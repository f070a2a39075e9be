#include "dpr/vectors/search_results.h"

namespace dpr {

SearchResults::SearchResults(int64_t questions, int64_t k) {
  for (int64_t i = 0; i < questions; ++i) slots_.emplace_back(k);
}

void SearchResults::Push(int64_t question, std::span<const ScoredRow> candidates) {
  if (candidates.empty()) return;
  Slot& slot = slots_[static_cast<size_t>(question)];
  const std::lock_guard lock(slot.mutex);
  for (const ScoredRow& candidate : candidates) slot.top.Push(candidate);
  slot.threshold.store(slot.top.worst_score(), std::memory_order_relaxed);
}

std::vector<std::vector<ScoredRow>> SearchResults::Sorted() const {
  std::vector<std::vector<ScoredRow>> sorted;
  sorted.reserve(slots_.size());
  for (const Slot& slot : slots_) sorted.push_back(slot.top.Sorted());
  return sorted;
}

}  // namespace dpr
