// Who computes a layer: the calling thread alone, or all compute threads together. Batches are many
// and each has a thread; one question alone is shared out, over the outputs of each matrix and over
// the heads. The bits are the same, since no sum is ever split.
#pragma once

#include <cstdint>

#include "dpr/tensor/linear.h"
#include "dpr/tensor/matrix.h"

namespace dpr {

enum class LayerThreads { kCaller, kAll };

int LayerThreadCount(LayerThreads threads);

// y = activation(x W^T + b). x: [rows, inputs], y: [rows, outputs].
void RunLinear(const Linear& linear, ConstFloatView x, FloatView y, Activation activation,
               LayerThreads threads);
// The same for the output columns [begin, end) at least: begin is rounded down to a block of
// Linear's, end up.
void RunLinearColumns(const Linear& linear, ConstFloatView x, FloatView y, int64_t begin,
                      int64_t end, LayerThreads threads);

// The first `rows` * `columns` elements of `buffer`, which grows if it must and then loses its
// content.
FloatView Shaped(AlignedBuffer<float>& buffer, int64_t rows, int64_t columns);

}  // namespace dpr
