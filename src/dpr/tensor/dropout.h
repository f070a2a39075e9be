// Dropout (Srivastava et al. 2014): each element is zero with a probability, else multiplied by
// 1 / (1 - probability).
//
// Which ones are dropped is a pure function of (seed, stream, sequence, row, column), so it does
// not depend on micro-batches or threads, and the backward pass draws again instead of remembering.
// Element c of a row takes half (c mod 128) / 16 of block 16 (c / 128) + c mod 16 of the row's
// blocks of Philox4x32-10 (base/random.h), eight halves of 16 bits each; a half below
// 65536 * probability, rounded, drops it.
#pragma once

#include <cmath>
#include <cstdint>

#include "dpr/base/error.h"

namespace dpr {

// One row's share.
struct DropoutRow {
  uint64_t seed = 0, stream = 0;
  uint64_t position = 0;   // of the row's first block
  uint32_t threshold = 0;  // what drops is below it; 0: nothing
  float scale = 1.0f;      // of what stays
};

class Dropout {
 public:
  Dropout() = default;  // drops nothing
  // probability in [0, 1); `stream` tells apart the places and steps where one seed drops.
  Dropout(double probability, uint64_t seed, uint64_t stream) : seed_(seed), stream_(stream) {
    DPR_CHECK(probability >= 0 && probability < 1);
    threshold_ = static_cast<uint32_t>(std::lround(probability * 65536));
    DPR_CHECK(threshold_ < 65536);
    scale_ = 65536.0f / static_cast<float>(65536 - threshold_);
  }

  bool active() const { return threshold_ > 0; }
  // Row `row` of sequence `sequence`: both below 2^24; a row has up to 2^19 columns.
  DropoutRow Row(uint64_t sequence, int64_t row) const {
    return {seed_, stream_, (sequence << 24 | static_cast<uint64_t>(row)) << 16, threshold_,
            scale_};
  }

 private:
  uint64_t seed_ = 0, stream_ = 0;
  uint32_t threshold_ = 0;
  float scale_ = 1.0f;
};

}  // namespace dpr
