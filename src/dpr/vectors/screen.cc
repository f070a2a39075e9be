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

// A float that is surely not above `value`, and close to it: by more than the rounding takes away.
float Below(double value) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  if (value > kLargest) return std::numeric_limits<float>::max();
  return static_cast<float>(value - (std::abs(value) * (2 * kRoundoff) + 0x1p-148));
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
  ScreenedQuestion screened;
  screened.bounded = Bounded(squared_norm);
  if (!screened.bounded) return screened;
  screened.norm = NormBound(squared_norm);
  if (similarity_ == Similarity::kL2) {
    screened.slope = 2;
    screened.intercept = -double{squared_norm};
  } else if (similarity_ == Similarity::kCosine) {
    screened.slope = 1 / std::sqrt(double{squared_norm});
  }
  return screened;
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

double Screen::Error(const ScreenedQuestion& question, double longest) const {
  switch (similarity_) {
    case Similarity::kDot:
      return 2 * gamma_ * question.norm * longest + 8 * underflow_;
    case Similarity::kL2: {
      const double sum = question.norm + longest;
      return 2 * gamma_ * sum * sum + 16 * underflow_;
    }
    case Similarity::kCosine:
      break;
  }
  return 3 * gamma_;
}

ScoreBounds Screen::Bounds(const ScreenedQuestion& question, double longest, float key) const {
  if (!question.bounded || std::isnan(key)) return {-kInfinity, kInfinity};
  const double score = question.slope * key + question.intercept;
  const double error = Error(question, longest);
  return {Below(score - error), -Below(-score - error)};
}

float Screen::Cutoff(const ScreenedQuestion& question, double longest, float threshold) const {
  if (!question.bounded) return -kInfinity;
  const double least = threshold - Error(question, longest) - question.intercept;
  return Below(least / question.slope);
}

}  // namespace dpr
