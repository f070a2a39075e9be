// The gradients of what a BERT layer does between its matrix products, dropout, and the optimiser's
// step. Sums of a row are split into 16 lanes, element i to lane i mod 16.
#include "dpr/tensor/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dpr/tensor/gradient_kernels.cc"
// clang-format off
#include "dpr/tensor/kernel_targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "dpr/tensor/activations-inl.h"
#include "dpr/tensor/dropout-inl.h"
#include "dpr/tensor/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace dpr {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr int kGroup = 16 / static_cast<int>(kLanes);  // vectors that make 16 lanes

// dx = inverse_deviation (g - mean(g) - normal mean(g normal)) with g = dy gamma.
void LayerNormRow(const float* dy, const float* normal, float inverse_deviation, const float* gamma,
                  int64_t size, float* dx, float* dgamma, float* dbeta) {
  const FloatTag d;
  FloatVector sum[kGroup], product[kGroup];
  DPR_UNROLL
  for (int g = 0; g < kGroup; ++g) sum[g] = product[g] = hn::Zero(d);
  for (int64_t i = 0; i < size; i += 16) {
    DPR_UNROLL
    for (int g = 0; g < kGroup; ++g) {
      const int64_t at = i + g * kLanes, left = size - at;
      if (left <= 0) continue;
      const FloatVector y = LoadFirst(dy + at, left), x = LoadFirst(normal + at, left);
      const FloatVector scaled = hn::Mul(y, LoadFirst(gamma + at, left));
      sum[g] = hn::Add(sum[g], scaled);
      product[g] = hn::MulAdd(scaled, x, product[g]);
      StoreFirst(hn::MulAdd(y, x, LoadFirst(dgamma + at, left)), dgamma + at, left);
      StoreFirst(hn::Add(y, LoadFirst(dbeta + at, left)), dbeta + at, left);
    }
  }
  const FloatVector count = hn::Set(d, static_cast<float>(size));
  const FloatVector mean = hn::Div(hn::Set(d, SumOf(sum)), count);
  const FloatVector slope = hn::Div(hn::Set(d, SumOf(product)), count);
  const FloatVector inverse = hn::Set(d, inverse_deviation);
  for (int64_t i = 0; i < size; i += kLanes) {
    const int64_t left = size - i;
    const FloatVector g = hn::Mul(LoadFirst(dy + i, left), LoadFirst(gamma + i, left));
    const FloatVector centred = hn::NegMulAdd(LoadFirst(normal + i, left), slope, hn::Sub(g, mean));
    StoreFirst(hn::Mul(centred, inverse), dx + i, left);
  }
}

void GeluGradient(float* x, int64_t size, float* dx) {
  const FloatTag d;
  for (int64_t i = 0; i < size; i += kLanes) {
    const int64_t left = size - i;
    const FloatVector v = LoadFirst(x + i, left);
    StoreFirst(hn::Mul(LoadFirst(dx + i, left), GeluSlopeOf(d, v)), dx + i, left);
    StoreFirst(GeluOf(d, v), x + i, left);
  }
}

void TanhGradient(const float* y, int64_t size, float* dx) {
  const FloatTag d;
  for (int64_t i = 0; i < size; i += kLanes) {
    const int64_t left = size - i;
    const FloatVector v = LoadFirst(y + i, left);
    const FloatVector slope = hn::NegMulAdd(v, v, hn::Set(d, 1.0f));
    StoreFirst(hn::Mul(LoadFirst(dx + i, left), slope), dx + i, left);
  }
}

// kDropped says whether there are factors; without them m is 1.
template <bool kDropped>
HWY_INLINE void SoftmaxPart(float* e, const float* factors, float inverse, float dot, float scale,
                            int64_t size, float* dp) {
  const FloatTag d;
  const FloatVector by = hn::Set(d, inverse), centre = hn::Set(d, dot), scaled = hn::Set(d, scale);
  for (int64_t i = 0; i < size; i += kLanes) {
    const int64_t left = size - i;
    const FloatVector p = hn::Mul(LoadFirst(e + i, left), by);
    const FloatVector kept = kDropped ? hn::Mul(p, hn::LoadU(d, factors + i)) : p;
    const FloatVector slope = hn::Mul(kept, LoadFirst(dp + i, left));
    StoreFirst(hn::Mul(hn::NegMulAdd(p, centre, slope), scaled), dp + i, left);
    StoreFirst(kept, e + i, left);
  }
}

void SoftmaxGradient(float* e, float inverse, const DropoutRow& row, float dot, float scale,
                     int64_t size, float* dp) {
  if (row.threshold == 0) {
    SoftmaxPart<false>(e, nullptr, inverse, dot, scale, size, dp);
    return;
  }
  alignas(64) float factors[kDropoutGroup];
  for (int64_t i = 0; i < size; i += kDropoutGroup) {
    DropoutFactors(row, i / kDropoutGroup, factors);
    const int64_t count = size - i < kDropoutGroup ? size - i : kDropoutGroup;
    SoftmaxPart<true>(e + i, factors, inverse, dot, scale, count, dp + i);
  }
}

void DropoutOfRow(const DropoutRow& row, int64_t size, float* x) {
  if (row.threshold == 0) return;
  const FloatTag d;
  alignas(64) float factors[kDropoutGroup];
  for (int64_t i = 0; i < size; i += kDropoutGroup) {
    DropoutFactors(row, i / kDropoutGroup, factors);
    const int64_t count = size - i < kDropoutGroup ? size - i : kDropoutGroup;
    for (int64_t j = 0; j < count; j += kLanes) {
      const FloatVector v = LoadFirst(x + i + j, count - j);
      StoreFirst(hn::Mul(v, hn::LoadU(d, factors + j)), x + i + j, count - j);
    }
  }
}

void AdamW(const AdamWStep& step, int64_t size, float* x, float* gradient, float* mean,
           float* square) {
  const FloatTag d;
  const FloatVector clip = hn::Set(d, step.clip), decay = hn::Set(d, step.decay);
  const FloatVector beta1 = hn::Set(d, step.beta1), rest1 = hn::Set(d, 1.0f - step.beta1);
  const FloatVector beta2 = hn::Set(d, step.beta2), rest2 = hn::Set(d, 1.0f - step.beta2);
  const FloatVector rate = hn::Set(d, step.rate), square_scale = hn::Set(d, step.square_scale);
  const FloatVector epsilon = hn::Set(d, step.epsilon);
  for (int64_t i = 0; i < size; i += kLanes) {
    const int64_t left = size - i;
    const FloatVector g = hn::Mul(LoadFirst(gradient + i, left), clip);
    const FloatVector m = hn::MulAdd(beta1, LoadFirst(mean + i, left), hn::Mul(rest1, g));
    const FloatVector v =
        hn::MulAdd(beta2, LoadFirst(square + i, left), hn::Mul(hn::Mul(rest2, g), g));
    const FloatVector below = hn::MulAdd(hn::Sqrt(v), square_scale, epsilon);
    const FloatVector moved = hn::Mul(LoadFirst(x + i, left), decay);
    StoreFirst(hn::NegMulAdd(rate, hn::Div(m, below), moved), x + i, left);
    StoreFirst(m, mean + i, left);
    StoreFirst(v, square + i, left);
    StoreFirst(hn::Zero(d), gradient + i, left);
  }
}

constexpr GradientKernels kGradientKernels = {
    LayerNormRow, GeluGradient, TanhGradient, SoftmaxGradient, DropoutOfRow, AdamW,
};

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace dpr
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dpr {

const GradientKernels& GradientKernelsOf(CpuLevel level) {
  return level == CpuLevel::kAvx512 ? N_AVX3::kGradientKernels : N_AVX2::kGradientKernels;
}

}  // namespace dpr
#endif
