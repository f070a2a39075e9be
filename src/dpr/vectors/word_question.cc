#include "dpr/vectors/word_question.h"

#include <algorithm>
#include <cmath>

#include "dpr/vectors/code_kernels.h"

namespace dpr {
namespace {

constexpr float kLeastRange = 1e-30f;  // a question that varies less is taken for zero

// So that no sum of products with bytes leaves 32 bits.
int64_t LevelsFor(int64_t dimensions) {
  constexpr int64_t kMostSum = (int64_t{1} << 31) - 1;
  return std::clamp<int64_t>(kMostSum / (255 * std::max<int64_t>(dimensions, 1)), 1, 32767);
}

}  // namespace

WordQuestion::WordQuestion(const float* question, int64_t dimensions)
    : stride_(CodeStride(dimensions)), words_(static_cast<size_t>(stride_)) {
  float most = 0;
  for (int64_t i = 0; i < dimensions; ++i) most = std::max(most, std::abs(question[i]));
  const auto levels = static_cast<float>(LevelsFor(dimensions));
  const bool varies = most > kLeastRange && std::isfinite(most);
  scale_ = varies ? most / levels : 0;
  std::fill_n(words_.data(), stride_, int16_t{0});
  int64_t total = 0;
  double squared = 0;
  for (int64_t i = 0; i < dimensions; ++i) {
    if (varies && std::isfinite(question[i])) {
      const float level = std::nearbyint(question[i] / scale_);
      words_.data()[i] = static_cast<int16_t>(std::clamp(level, -levels, levels));
    }
    total += words_.data()[i];
    const double lost = double{question[i]} - double{scale_} * words_.data()[i];
    squared += lost * lost;
  }
  sum_ = static_cast<float>(static_cast<double>(scale_) * static_cast<double>(total));
  error_ = std::sqrt(squared) * (1 + 1e-9);
}

void WordQuestion::Multiply(const CodesView& rows, float* products) const {
  int32_t sums[kMostRows];
  CodeRowsDotWords(rows.codes.data, stride_, rows.codes.rows, words_.data(), sums);
  for (int64_t j = 0; j < rows.codes.rows; ++j) products[j] = Scaled(sums[j], rows.rows[j]);
}

float WordQuestion::Product(const uint8_t* codes, const CodeRow& row) const {
  return Scaled(CodeDotWords(codes, words_.data(), stride_), row);
}

}  // namespace dpr
