// The best rows found so far for each of several questions, filled by all compute threads at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <limits>
#include <mutex>
#include <span>
#include <vector>

#include "dpr/vectors/top_k.h"

namespace dpr {

// Thread-safe. What it holds in the end does not depend on the order of arrival.
class SearchResults {
 public:
  SearchResults(int64_t questions, int64_t k);

  // A row that scores below this cannot enter any more: callers need not push it. Only rises.
  float threshold(int64_t question) const {
    return slots_[static_cast<size_t>(question)].threshold.load(std::memory_order_relaxed);
  }
  void Push(int64_t question, std::span<const ScoredRow> candidates);
  // For each question, best first. When all threads are done.
  std::vector<std::vector<ScoredRow>> Sorted() const;

 private:
  // On cache lines of its own, since threads write to neighbouring questions.
  struct alignas(64) Slot {
    explicit Slot(int64_t k) : top(k) {}
    std::mutex mutex;
    TopK top;
    std::atomic<float> threshold = -std::numeric_limits<float>::infinity();
  };
  std::deque<Slot> slots_;
};

}  // namespace dpr
