// The places of the best estimates of one question, for an exact look later.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "dpr/vectors/rank_key.h"

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
  // one pass without a branch that could be mispredicted.
  void DropMany() {
    RankKey sample[kSample];
    for (size_t i = 0; i < kSample; ++i) sample[i] = keys_[i * keys_.size() / kSample];
    RankKey* const bound = sample + kSample * 5 / 8;
    std::nth_element(sample, bound, sample + kSample, std::greater<>());
    const auto reaching = std::count_if(keys_.begin(), keys_.end(),
                                        [bound = *bound](RankKey key) { return key >= bound; });
    const auto staying = static_cast<size_t>(reaching);
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
    const auto last = keys_.begin() + static_cast<std::ptrdiff_t>(keep_ - 1);
    std::nth_element(keys_.begin(), last, keys_.end(), std::greater<>());
    least_ = ScoreOf(*last);
    keys_.resize(keep_);
  }

  static constexpr size_t kSample = 64;
  const size_t keep_;
  std::vector<RankKey> keys_;
  float least_ = -std::numeric_limits<float>::infinity();
};

}  // namespace dpr
