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
constexpr float kMostCodedNorm = 0x1p100f;     // the same, squared, where codes are multiplied
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
  coded_ = 8 * kRoundoff * (1 + std::sqrt(static_cast<double>(dimensions)));
}

bool Screen::Bounded(float squared_norm) const {
  if (gamma_ > kMostGamma || !(squared_norm <= kMostSquaredNorm)) return false;
  return similarity_ != Similarity::kCosine || squared_norm >= kLeastSquaredNorm;
}

double Screen::NormBound(double squared_norm) const {
  return std::sqrt(squared_norm * (1 + 2 * gamma_) + 2 * underflow_);
}

ScreenedQuestion Screen::Question(const float* question, double coding) const {
  const float squared_norm = Dot(question, question, dimensions_);
  ScreenedQuestion screened;
  screened.bounded = Bounded(squared_norm) && std::isfinite(coding);
  if (!screened.bounded) return screened;
  screened.coding = coding;
  screened.norm = NormBound(squared_norm);
  if (similarity_ == Similarity::kL2) {
    screened.slope = 2;
    screened.intercept = -double{squared_norm};
  } else if (similarity_ == Similarity::kCosine) {
    screened.slope = 1 / std::sqrt(double{squared_norm});
  }
  return screened;
}

RowKey Screen::KeyOf(float squared_norm) const {
  if (similarity_ == Similarity::kCosine) return {1 / std::sqrt(squared_norm), 0};
  return {1, similarity_ == Similarity::kL2 ? -squared_norm / 2 : 0};
}

TileExtent Screen::Rows(ConstFloatView rows, RowKey* keys) const {
  float longest = 0;
  for (int64_t j = 0; j < rows.rows; ++j) {
    const float squared_norm = Dot(rows.row(j), rows.row(j), dimensions_);
    if (similarity_ == Similarity::kCosine && squared_norm == 0) {
      keys[j] = {0, 0};  // its cosine is 0 by definition
    } else if (Bounded(squared_norm)) {
      keys[j] = KeyOf(squared_norm);
      longest = std::max(longest, squared_norm);
    } else {
      keys[j] = {kNaN, kNaN};
    }
  }
  return {NormBound(longest), false, 0};
}

TileExtent Screen::Rows(const CodesView& rows, RowKey* keys) const {
  float longest = 0;
  double coding = 0;
  for (int64_t j = 0; j < rows.codes.rows; ++j) {
    const CodeRow& row = rows.rows[j];
    if (similarity_ == Similarity::kCosine && row.squared_norm == 0) {
      keys[j] = {0, 0};
    } else if (Bounded(row.squared_norm) && row.squared_norm <= kMostCodedNorm &&
               std::isfinite(row.error)) {
      keys[j] = KeyOf(row.squared_norm);
      longest = std::max(longest, row.squared_norm);
      const double error = row.error;
      const bool relative = similarity_ == Similarity::kCosine;
      coding = std::max(coding, relative ? error / std::sqrt(double{row.squared_norm}) : error);
    } else {
      keys[j] = {kNaN, kNaN};
    }
  }
  return {NormBound(longest), true, coding * (1 + 2 * gamma_)};
}

double Screen::CodingError(const ScreenedQuestion& question, const TileExtent& extent) const {
  if (!extent.coded) return 0;
  if (similarity_ == Similarity::kCosine) {
    const double own = question.coding * question.slope * (1 + 2 * gamma_);
    const double reach = 1 + extent.coding;
    return extent.coding + own * reach + coded_ * reach * (1 + own);
  }
  const double reach = extent.norm + extent.coding;
  return question.norm * extent.coding + question.coding * reach +
         coded_ * reach * (question.norm + question.coding) + 8 * underflow_;
}

double Screen::Error(const ScreenedQuestion& question, const TileExtent& extent) const {
  const double coding = CodingError(question, extent);
  switch (similarity_) {
    case Similarity::kDot:
      return coding + 2 * gamma_ * question.norm * extent.norm + 8 * underflow_;
    case Similarity::kL2: {
      const double sum = question.norm + extent.norm;
      return 2 * coding + 2 * gamma_ * sum * sum + 16 * underflow_;
    }
    case Similarity::kCosine:
      break;
  }
  return coding + 3 * gamma_;
}

ScoreBounds Screen::Bounds(const ScreenedQuestion& question, const TileExtent& extent,
                           float key) const {
  if (!question.bounded || std::isnan(key)) return {-kInfinity, kInfinity};
  const double score = question.slope * key + question.intercept;
  const double error = Error(question, extent);
  return {Below(score - error), -Below(-score - error)};
}

float Screen::Cutoff(const ScreenedQuestion& question, const TileExtent& extent,
                     float threshold) const {
  if (!question.bounded) return -kInfinity;
  const double least = threshold - Error(question, extent) - question.intercept;
  return Below(least / question.slope);
}

}  // namespace dpr
