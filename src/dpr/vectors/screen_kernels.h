// The screen's inner loop, vectorised for the instruction set of this CPU.
#pragma once

#include <cstdint>

#include "dpr/vectors/screen.h"

namespace dpr {

// Every i < count whose key scores[i] * key.scale + key.offset is not below cutoffs[i], ascending:
// how many. NaN is not below anything. There must be room for `count` and kPassingRoom more.
inline constexpr int64_t kPassingRoom = 16;
int64_t FindPassing(const float* scores, RowKey key, const float* cutoffs, int64_t count,
                    uint32_t* passing);

}  // namespace dpr
