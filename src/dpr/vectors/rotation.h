// Random rotations of space: after one, no direction of the data is special, so that a quantiser's
// error is the same for all.
#pragma once

#include <cstdint>

#include "dpr/tensor/matrix.h"

namespace dpr {

// [dimensions, dimensions], orthonormal: normal draws, made orthogonal row by row (Gram and
// Schmidt), uniform over all rotations and reflections. A function of both arguments alone.
Matrix RandomRotation(int64_t dimensions, uint64_t seed);

}  // namespace dpr
