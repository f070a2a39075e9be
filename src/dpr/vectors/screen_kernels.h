// The screen's inner loop, vectorised for the instruction set of this CPU.
#pragma once

#include <cstdint>

#include "dpr/vectors/screen.h"

namespace dpr {

// The first i >= from whose key scores[i] * key.scale + key.offset is not below cutoffs[i]; `count`
// where there is none. NaN is not below anything.
int64_t NextPassing(const float* scores, RowKey key, const float* cutoffs, int64_t from,
                    int64_t count);

}  // namespace dpr
