#include "dpr/bert/packing.h"

namespace dpr {

std::vector<float> CopyAndRelease(const FloatTensor& tensor) {
  std::vector<float> copy(tensor.values().begin(), tensor.values().end());
  tensor.Release();
  return copy;
}

Linear PackAndRelease(const LinearWeights& weights) {
  Linear packed(weights.weight.matrix(), weights.bias.data());
  weights.weight.Release();
  return packed;
}

}  // namespace dpr
