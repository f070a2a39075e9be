#include "dpr/bert/packing.h"

namespace dpr {

ParameterBuffer CopyAndRelease(const FloatTensor& tensor) {
  ParameterBuffer copy(tensor.values());
  tensor.Release();
  return copy;
}

Linear PackAndRelease(const LinearWeights& weights, Precision precision,
                      Linear::Rotation rotation) {
  Linear packed(weights.weight.matrix(), weights.bias.data(), precision, rotation);
  weights.weight.Release();
  return packed;
}

}  // namespace dpr
