// From a tensor of a mapped file to what the layers keep, giving the mapping's pages back at once:
// the resident memory of a loaded BERT is its packed weights, not those and the file.
#pragma once

#include "dpr/bert/weights.h"
#include "dpr/tensor/linear.h"

namespace dpr {

ParameterBuffer CopyAndRelease(const FloatTensor& tensor);
Linear PackAndRelease(const LinearWeights& weights, Precision precision = Precision::kF32,
                      Linear::Rotation rotation = Linear::Rotation::kNone);

}  // namespace dpr
