// The places of the best estimates of one question, for an exact look later.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "dpr/vectors/rank_key.h"
#include "dpr/vectors/select.h"

namespace dpr {

// Of equal estimates the lower places are kept, so that the order of arrival does not matter.
class EstimatePool {
 public:
  explicit EstimatePool(int64_t keep) : keep_(static_cast<size_t>(keep)) {
    keys_.reserve(2 * keep_);
  }

  void Clear() {
    keys_.clear();
    least_ = -std::numeric_limits<float>::infinity();
  }
  // What is less need not be pushed. Only rises.
  float least() const { return least_; }
  void Push(float estimate, uint32_t place) {
    keys_.push_back(MakeRankKey(estimate, place));
    if (keys_.size() == 2 * keep_) DropMany();
  }
  // At most `keep`, in no order; the caller may change it. Valid until the pool is changed.
  std::span<RankKey> Best() {
    if (keys_.size() > keep_) KeepBest();
    return keys_;
  }

 private:
  // Somewhat more than `keep` stay, all of the best among them: a bound from a few of the keys, and
  // one pass over all.
  void DropMany() {
    RankKey sample[kSample];
    for (size_t i = 0; i < kSample; ++i) sample[i] = keys_[i * keys_.size() / kSample];
    RankKey* const bound = sample + kSample * 5 / 8;
    std::nth_element(sample, bound, sample + kSample, std::greater<>());
    size_t staying = 0;
    for (const RankKey key : keys_) staying += key >= *bound ? 1 : 0;
    if (staying < keep_ || staying > keep_ + keep_ / 2) return KeepBest();
    size_t kept = 0;
    for (const RankKey key : keys_) {
      keys_[kept] = key;
      kept += key >= *bound ? 1 : 0;
    }
    keys_.resize(staying);
    least_ = std::max(least_, ScoreOf(*bound));
  }

  void KeepBest() {
    SelectGreatest(std::span(keys_), keep_, scratch_);
    keys_.resize(keep_);
    least_ = ScoreOf(*std::min_element(keys_.begin(), keys_.end()));
  }

  static constexpr size_t kSample = 64;
  const size_t keep_;
  std::vector<RankKey> keys_, scratch_;
  float least_ = -std::numeric_limits<float>::infinity();
};

}  // namespace dpr
