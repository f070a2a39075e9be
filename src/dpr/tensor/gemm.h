// Scores of many questions against many passages, straight from row-major vectors (a mapped file):
// what a search needs where Linear's packed weights do not fit. On the calling thread; nothing
// allocates.
#pragma once

#include <cstdint>
#include <span>

#include "dpr/tensor/matrix.h"

namespace dpr {

// scores[i, j] = questions[i] . passages[j]: questions [m, d], passages [n, d], scores [m, n]. Each
// score is one chain of d fused multiply-adds, so it differs from Dot in rounding: by at most
// d * 2^-23 * sum_k |questions[i, k] passages[j, k]| (each of the two is within half of that).
// scratch: at least ScoreTileScratch(m, n, d) floats.
void ScoreTile(ConstFloatView questions, ConstFloatView passages, FloatView scores,
               std::span<float> scratch);
int64_t ScoreTileScratch(int64_t questions, int64_t passages, int64_t size);

// out[j] = Dot(question, passages[j]), with Dot's bits; passages [n, d], out at least n long.
void DotRows(const float* question, ConstFloatView passages, std::span<float> out);
// out[j] = SquaredDistance(question, passages[j]), with its bits.
void SquaredDistanceRows(const float* question, ConstFloatView passages, std::span<float> out);

}  // namespace dpr
