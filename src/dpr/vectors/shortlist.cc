#include "dpr/vectors/shortlist.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <span>

#include "dpr/vectors/select.h"

namespace dpr {
namespace {

constexpr size_t kRowsAhead = 3;

}  // namespace

bool Shortlist::Add(ScoreBounds bounds, int64_t row) {
  const std::lock_guard lock(mutex_);
  entries_.push_back({bounds, row});
  if (static_cast<int64_t>(entries_.size()) < most()) return false;
  DropHopeless();
  if (static_cast<int64_t>(entries_.size()) > most() * 3 / 4) ScoreAll();
  return true;
}

float Shortlist::Settle() {
  const std::lock_guard lock(mutex_);
  DropHopeless();
  return threshold();
}

std::vector<ScoredRow> Shortlist::Finish() {
  const std::lock_guard lock(mutex_);
  DropHopeless();
  ScoreAll();
  std::vector<ScoredRow> best;
  best.reserve(entries_.size());
  for (const Entry& entry : entries_) best.push_back({entry.bounds.low, entry.row});
  std::sort(best.begin(), best.end(), RanksBefore);
  return best;
}

// Raises the threshold to the k-th greatest lower bound, and drops what cannot reach it.
void Shortlist::DropHopeless() {
  if (static_cast<int64_t>(entries_.size()) < k_) return;
  lows_.clear();
  for (const Entry& entry : entries_) lows_.push_back(entry.bounds.low);
  const auto wanted = static_cast<size_t>(k_);
  SelectGreatest(std::span(lows_), wanted, scratch_);
  const float threshold = *std::min_element(lows_.begin(), lows_.begin() + k_);
  std::erase_if(entries_, [=](const Entry& entry) { return entry.bounds.high < threshold; });
  threshold_.store(threshold, std::memory_order_relaxed);
}

// Replaces bounds by scores, and keeps the k best.
void Shortlist::ScoreAll() {
  const auto scored = [](const Entry& entry) { return entry.bounds.low == entry.bounds.high; };
  for (size_t i = 0; i < entries_.size(); ++i) {
    // The rows lie anywhere: one after the other each would be waited for.
    const size_t ahead = i + kRowsAhead;
    if (ahead < entries_.size() && !scored(entries_[ahead])) fetch_(entries_[ahead].row);
    Entry& entry = entries_[i];
    if (scored(entry)) continue;
    const float score = score_(entry.row);
    ++scored_;
    entry.bounds = {score, score};
  }
  std::erase_if(entries_, [](const Entry& entry) { return std::isnan(entry.bounds.low); });
  if (static_cast<int64_t>(entries_.size()) < k_) return;
  std::nth_element(entries_.begin(), entries_.begin() + (k_ - 1), entries_.end(),
                   [](const Entry& a, const Entry& b) {
                     return RanksBefore({a.bounds.low, a.row}, {b.bounds.low, b.row});
                   });
  entries_.resize(static_cast<size_t>(k_));
  threshold_.store(entries_.back().bounds.low, std::memory_order_relaxed);
}

}  // namespace dpr
