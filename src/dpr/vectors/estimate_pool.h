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
    if (keys_.size() == 2 * keep_) Shrink();
  }
  // At most `keep`, in no order; the caller may change it. Valid until the pool is changed.
  std::span<RankKey> Best() {
    if (keys_.size() > keep_) Shrink();
    return keys_;
  }

 private:
  void Shrink() {
    const auto last = keys_.begin() + static_cast<std::ptrdiff_t>(keep_ - 1);
    std::nth_element(keys_.begin(), last, keys_.end(), std::greater<>());
    least_ = ScoreOf(*last);
    keys_.resize(keep_);
  }

  const size_t keep_;
  std::vector<RankKey> keys_;
  float least_ = -std::numeric_limits<float>::infinity();
};

}  // namespace dpr
