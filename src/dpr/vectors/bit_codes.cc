#include "dpr/vectors/bit_codes.h"

#include <algorithm>
#include <cmath>

#include "dpr/base/error.h"
#include "dpr/vectors/bit_kernels.h"

namespace dpr {
namespace {

constexpr int64_t kGroup = 4;               // numbers of a table
constexpr int64_t kEntries = 16;            // of a table
constexpr float kLevels = 63;               // four tables' entries fit 8 bits
constexpr int64_t kTablesOfTwoBytes = 128;  // bytes

}  // namespace

float WriteBits(const float* residual, int64_t dimensions, uint8_t* block, int64_t j) {
  double squared = 0, absolute = 0;
  for (int64_t b = 0; b < BitBytes(dimensions); ++b) {
    unsigned bits = 0;
    for (int64_t i = 8 * b; i < std::min(8 * b + 8, dimensions); ++i) {
      const double value = residual[i];
      squared += value * value;
      absolute += std::abs(value);
      bits |= (value >= 0 ? 1u : 0u) << (i - 8 * b);
    }
    block[kBitBlock * b + j] = static_cast<uint8_t>(bits);
  }
  return absolute > 0 ? static_cast<float>(squared / absolute) : 0;
}

BitQuestion::BitQuestion(int64_t dimensions)
    : dimensions_(dimensions),
      tables_(static_cast<size_t>(BitBytes(dimensions) / 2 * kTablesOfTwoBytes)) {
  DPR_CHECK(dimensions >= 1 && dimensions <= kMostBitDimensions);
}

void BitQuestion::Set(const float* rotated) {
  const auto at = [&](int64_t i) { return i < dimensions_ ? rotated[i] : 0.0f; };
  const int64_t groups = 2 * BitBytes(dimensions_);
  float widest = 0, total = 0;
  for (int64_t g = 0; g < groups; ++g) {
    float half = 0;
    for (int64_t i = 0; i < kGroup; ++i) half += std::abs(at(kGroup * g + i));
    widest = std::max(widest, half);
    total += half;
  }
  if (!std::isfinite(2 * total)) {
    scale_ = bias_ = 0;
    std::fill_n(tables_.data(), tables_.size(), uint8_t{0});
    return;
  }
  scale_ = 2 * widest / kLevels;
  bias_ = -total;
  const float inverse = scale_ > 0 ? 1 / scale_ : 0;
  for (int64_t g = 0; g < groups; ++g) {
    // Entry n: twice the sum of the numbers whose sign agrees with bit i of n.
    float entries[kEntries] = {0};
    for (int64_t i = 0; i < kGroup; ++i) {
      const float value = at(kGroup * g + i);
      for (int64_t n = 0; n < kEntries; ++n) {
        if (((n >> i & 1) != 0) == (value >= 0)) entries[n] += 2 * std::abs(value);
      }
    }
    // Two bytes make four groups: low and high half of the first, of the second.
    uint8_t* table = tables_.data() + g / 4 * kTablesOfTwoBytes + g % 2 * 64 + g / 2 % 2 * 32;
    for (int64_t n = 0; n < kEntries; ++n) {
      table[n] = table[kEntries + n] =
          static_cast<uint8_t>(std::min(kLevels, std::nearbyint(entries[n] * inverse)));
    }
  }
}

void BitQuestion::Sum(const uint8_t* blocks, int64_t count, uint16_t* sums) const {
  SumBitTables(blocks, count, BitBytes(dimensions_), tables_.data(), sums);
}

double SignedSum(const float* rotated, int64_t dimensions, const uint8_t* block, int64_t j) {
  double sum = 0;
  for (int64_t i = 0; i < dimensions; ++i) {
    const bool plus = (block[kBitBlock * (i / 8) + j] >> i % 8 & 1) != 0;
    sum += plus ? rotated[i] : -rotated[i];
  }
  return sum;
}

}  // namespace dpr
