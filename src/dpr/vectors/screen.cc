#include "dpr/vectors/screen.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dpr/tensor/ops.h"

namespace dpr {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr double kRoundoff = 0x1p-24;          // of float, to nearest
constexpr double kUnderflow = 0x1p-149;        // at least what one operation loses to underflow
constexpr float kMostSquaredNorm = 0x1p120f;   // products of two such norms stay finite
constexpr float kLeastSquaredNorm = 0x1p-80f;  // underflow cannot spoil it: cosine divides by it
constexpr double kMostGamma = 1.0 / 64;        // beyond, terms of second order would count

// The greatest float that is surely not above `value`.
float RoundDown(double value) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  return std::nextafter(static_cast<float>(std::clamp(value, -kLargest, kLargest)), -kInfinity);
}

}  // namespace

Screen::Screen(Similarity similarity, int64_t dimensions)
    : similarity_(similarity), dimensions_(static_cast<double>(dimensions)) {
  const double steps = (dimensions_ + 8) * kRoundoff;
  gamma_ = steps < 0.5 ? steps / (1 - steps) : 1;
}

bool Screen::Bounded(float squared_norm) const {
  if (gamma_ > kMostGamma || !(squared_norm <= kMostSquaredNorm)) return false;
  return similarity_ != Similarity::kCosine || squared_norm >= kLeastSquaredNorm;
}

double Screen::NormBound(double squared_norm) const {
  return std::sqrt(squared_norm * (1 + 2 * gamma_) + 2 * dimensions_ * kUnderflow);
}

void Screen::PrepareRows(ConstFloatView rows, RowKeys& keys) const {
  float* scale = keys.scale.Reserve(static_cast<size_t>(rows.rows));
  float* offset = keys.offset.Reserve(static_cast<size_t>(rows.rows));
  keys.identity = similarity_ == Similarity::kDot;
  keys.longest = 0;
  for (int64_t j = 0; j < rows.rows; ++j) {
    const float squared_norm = Dot(rows.row(j), rows.row(j), rows.columns);
    scale[j] = 1;
    offset[j] = 0;
    if (similarity_ == Similarity::kCosine && squared_norm == 0) {
      scale[j] = 0;  // its cosine is 0 by definition
    } else if (!Bounded(squared_norm)) {
      scale[j] = kNaN;
      keys.identity = false;
      continue;
    } else if (similarity_ == Similarity::kCosine) {
      scale[j] = 1 / std::sqrt(squared_norm);
    } else if (similarity_ == Similarity::kL2) {
      offset[j] = -squared_norm / 2;
    }
    keys.longest = std::max<double>(keys.longest, squared_norm);
  }
}

float Screen::Cutoff(float squared_norm, double longest, float threshold) const {
  if (!Bounded(squared_norm)) return -kInfinity;
  const double question = NormBound(squared_norm), row = NormBound(longest);
  const double lost = 8 * dimensions_ * kUnderflow;
  switch (similarity_) {
    case Similarity::kDot:
      return RoundDown(threshold - 2 * gamma_ * question * row - lost);
    case Similarity::kL2: {
      const double sum = question + row;
      return RoundDown((double{threshold} + squared_norm) / 2 - 2 * gamma_ * sum * sum - lost);
    }
    case Similarity::kCosine:
      break;
  }
  return RoundDown(std::sqrt(double{squared_norm}) * (threshold - 3 * gamma_));
}

}  // namespace dpr
