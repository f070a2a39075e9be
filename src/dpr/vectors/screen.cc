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
constexpr double kMostGamma = 1.0 / 64;        // beyond, terms of second order would count
constexpr float kMostSquaredNorm = 0x1p120f;   // no sum of products of two such vectors overflows
constexpr float kLeastSquaredNorm = 0x1p-80f;  // cosine: underflow is nothing beside it

// A float that is surely not above `value`.
float RoundDown(double value) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  return std::nextafter(static_cast<float>(std::clamp(value, -kLargest, kLargest)), -kInfinity);
}

}  // namespace

Screen::Screen(Similarity similarity, int64_t dimensions)
    : similarity_(similarity), dimensions_(dimensions) {
  const double steps = (static_cast<double>(dimensions) + 8) * kRoundoff;
  gamma_ = steps < 0.5 ? steps / (1 - steps) : 1;
  underflow_ = static_cast<double>(dimensions) * 0x1p-149;
}

bool Screen::Bounded(float squared_norm) const {
  if (gamma_ > kMostGamma || !(squared_norm <= kMostSquaredNorm)) return false;
  return similarity_ != Similarity::kCosine || squared_norm >= kLeastSquaredNorm;
}

double Screen::NormBound(double squared_norm) const {
  return std::sqrt(squared_norm * (1 + 2 * gamma_) + 2 * underflow_);
}

ScreenedQuestion Screen::Question(const float* question) const {
  const float squared_norm = Dot(question, question, dimensions_);
  return {squared_norm, NormBound(squared_norm), Bounded(squared_norm)};
}

double Screen::Rows(ConstFloatView rows, RowKey* keys) const {
  float longest = 0;
  for (int64_t j = 0; j < rows.rows; ++j) {
    const float squared_norm = Dot(rows.row(j), rows.row(j), dimensions_);
    if (similarity_ == Similarity::kCosine && squared_norm == 0) {
      keys[j] = {0, 0};  // its cosine is 0 by definition
      continue;
    }
    if (!Bounded(squared_norm)) {
      keys[j] = {kNaN, kNaN};
      continue;
    }
    keys[j].scale = similarity_ == Similarity::kCosine ? 1 / std::sqrt(squared_norm) : 1;
    keys[j].offset = similarity_ == Similarity::kL2 ? -squared_norm / 2 : 0;
    longest = std::max(longest, squared_norm);
  }
  return NormBound(longest);
}

float Screen::Cutoff(const ScreenedQuestion& question, double longest, float threshold) const {
  if (!question.bounded) return -kInfinity;
  switch (similarity_) {
    case Similarity::kDot:
      return RoundDown(threshold - 2 * gamma_ * question.norm * longest - 8 * underflow_);
    case Similarity::kL2: {
      const double sum = question.norm + longest;
      const double half = (double{threshold} + question.squared_norm) / 2;
      return RoundDown(half - 2 * gamma_ * sum * sum - 8 * underflow_);
    }
    case Similarity::kCosine:
      break;
  }
  return RoundDown(std::sqrt(double{question.squared_norm}) * (threshold - 3 * gamma_));
}

}  // namespace dpr
