// AdamW (Loshchilov and Hutter 2019), its learning rate over time, and clipping.
//
//   g      = gradient * min(1, clip / (|gradient| + 1e-6)), the norm over all parameters
//   mean   = beta1 mean + (1 - beta1) g           square = beta2 square + (1 - beta2) g^2
//   x      = x - rate decay x - rate (mean / (1 - beta1^t)) / (sqrt(square / (1 - beta2^t)) +
//   epsilon)
//
// t counts steps from 1; epsilon stands outside the root, after the correction of the bias, as in
// PyTorch. Biases and norms do not decay.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dpr/bert/bert.h"

namespace dpr {

struct OptimizerSettings {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double decay = 0;
  double clip = 2.0;  // of the gradient's norm; 0: none
};

// Linear from 0 up to `rate` over `warmup` steps, then linear down to 0 at `steps`; the step
// numbered 0 comes first. As DPR's, the rate after warm-up is never below 1e-7 of its peak.
struct LinearSchedule {
  double rate = 0;
  int64_t warmup = 0, steps = 0;

  double At(int64_t step) const;
};

// The parameters and gradients of one encoder, and their moments.
struct OptimizedArray {
  const ParameterArray* parameters;
  std::span<float> gradients;
  AlignedBuffer<float> means, squares;

  OptimizedArray(const ParameterArray& array, std::span<float> gradient);
  std::span<float> mean() const { return {means.data(), gradients.size()}; }
  std::span<float> square() const { return {squares.data(), gradients.size()}; }
};

// One number that is learned beside the encoders: the logarithm of the cosine's scale.
struct OptimizedNumber {
  double value = 0, gradient = 0, mean = 0, square = 0;
};

// For one caller; uses all compute threads, on whose number no bits depend.
class Optimizer {
 public:
  explicit Optimizer(const OptimizerSettings& settings) : settings_(settings) {}

  void Add(const ParameterArray& parameters, std::span<float> gradients);
  OptimizedNumber& number() { return number_; }
  const OptimizedNumber& number() const { return number_; }
  void LearnNumber() { learn_number_ = true; }

  // The norm of all gradients.
  double GradientNorm() const;
  // Step t with `norm` from GradientNorm; clears the gradients.
  void Step(int64_t t, double rate, double norm);

  std::vector<std::unique_ptr<OptimizedArray>>& arrays() { return arrays_; }

 private:
  OptimizerSettings settings_;
  std::vector<std::unique_ptr<OptimizedArray>> arrays_;
  OptimizedNumber number_;
  bool learn_number_ = false;
};

}  // namespace dpr
