// The floats that a layer has learned: in memory of its own, or, while a model is trained, a part
// of one array of all the model's parameters, so that their gradients and the optimiser's moments
// are arrays of the same layout.
#pragma once

#include <algorithm>
#include <cstdint>

#include "dpr/tensor/matrix.h"

namespace dpr {

class ParameterBuffer {
 public:
  ParameterBuffer() = default;
  explicit ParameterBuffer(std::span<const float> values) {
    std::copy(values.begin(), values.end(), Reserve(static_cast<int64_t>(values.size())));
  }

  // Memory of its own, uninitialised.
  float* Reserve(int64_t size) {
    size_ = size;
    return data_ = own_.Reserve(static_cast<size_t>(size));
  }
  // Lets the values lie at `place`, which must outlive them; what they are there is the caller's
  // business.
  void Bind(float* place) {
    own_ = AlignedBuffer<float>();
    data_ = place;
  }

  float* data() const { return data_; }
  int64_t size() const { return size_; }

 private:
  AlignedBuffer<float> own_;
  float* data_ = nullptr;
  int64_t size_ = 0;
};

// Where the gradient of each parameter lies: as far from `gradients` as it from `parameters`.
struct GradientArray {
  const float* parameters = nullptr;
  float* gradients = nullptr;

  float* Of(const ParameterBuffer& parameter) const {
    return gradients + (parameter.data() - parameters);
  }
};

}  // namespace dpr
