// A trainable BERT's parameters as one flat array, and its parts by name. Gradients and the
// optimiser's moments are arrays of the same layout (the layers' own, packed one), so that an
// optimiser sees plain floats.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dpr/tensor/matrix.h"

namespace dpr {

// One parameter's place: floats [begin, begin + size) of the array.
struct ParameterRange {
  std::string name;  // "encoder.layer.0.attention.self.qkv.weight"
  int64_t begin = 0, size = 0;
  bool decays = false;  // weight decay applies: matrices, but neither biases nor norms
};

struct ParameterArray {
  AlignedBuffer<float> values;
  int64_t size = 0;
  std::vector<ParameterRange> ranges;

  std::span<float> all() const { return {values.data(), static_cast<size_t>(size)}; }
};

}  // namespace dpr
