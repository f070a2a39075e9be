// For *_test.cc only: results compared by their bits, and vectors that make exact search hard
// (ties, zeros, norms at both ends of float's range, infinities, NaN).
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <string>

#include "dpr/base/random.h"
#include "dpr/tensor/matrix.h"
#include "dpr/vectors/top_k.h"

namespace dpr {

// Bits, not values: -0 and 0 must not be mistaken for each other.
inline bool operator==(const ScoredRow& a, const ScoredRow& b) {
  return a.row == b.row && std::bit_cast<uint32_t>(a.score) == std::bit_cast<uint32_t>(b.score);
}

}  // namespace dpr

namespace dpr::testing {

enum class Hard {
  kNormal,      // independent, of about the same norm
  kClose,       // all within float's resolution of one another: rounding decides the order
  kTies,        // few distinct values per element, many rows alike
  kAllEqual,    // one vector over and over
  kZeros,       // some rows zero
  kHuge,        // norms up to 1e37: squares and products overflow
  kTiny,        // down to denormals: squares and products vanish
  kMixedNorms,  // from 1e-20 to 1e20
  kNotFinite,   // some elements infinite or NaN
};
inline constexpr Hard kAllHard[] = {Hard::kNormal,   Hard::kClose,      Hard::kTies,
                                    Hard::kAllEqual, Hard::kZeros,      Hard::kHuge,
                                    Hard::kTiny,     Hard::kMixedNorms, Hard::kNotFinite};

// A standard normal draw (Box and Muller 1958).
inline float Normal(const CounterRandom& random, uint64_t position) {
  const double radius = std::sqrt(-2 * std::log(1 - random.Uniform(2 * position)));
  return static_cast<float>(radius *
                            std::cos(2 * std::numbers::pi * random.Uniform(2 * position + 1)));
}

inline float HardElement(Hard kind, const CounterRandom& random, uint64_t row, uint64_t position,
                         uint64_t column) {
  const float normal = Normal(random, position);
  const uint64_t draw = random.Below(position + (uint64_t{1} << 40), 64);
  const auto of_row = [&](uint64_t bound) {
    return random.Below(row + (uint64_t{1} << 50), bound);
  };
  switch (kind) {
    case Hard::kNormal:
      return normal;
    case Hard::kClose:
      return 1 + std::sin(static_cast<float>(column)) + 1e-7f * normal;
    case Hard::kTies:
      return of_row(3) == 0 ? 1.0f : static_cast<float>(draw % 3) - 1;
    case Hard::kAllEqual:
      return 0.1f + static_cast<float>(column % 7);
    case Hard::kZeros:
      return of_row(4) == 0 ? 0.0f : normal;
    case Hard::kHuge:
      return normal * (of_row(2) == 0 ? 1e37f : 1e18f);
    case Hard::kTiny:
      return normal * (of_row(4) == 0 ? 1e-42f : 1e-22f);
    case Hard::kMixedNorms:
      return normal * std::pow(10.0f, static_cast<float>(of_row(41)) - 20);
    case Hard::kNotFinite:
      break;
  }
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  if (of_row(3) != 0 || draw > 2) return normal;
  return draw == 0 ? kInfinity : draw == 1 ? -kInfinity : std::numeric_limits<float>::quiet_NaN();
}

inline Matrix HardVectors(Hard kind, int64_t rows, int64_t dimensions, uint64_t seed) {
  const CounterRandom random(seed, static_cast<uint64_t>(kind));
  Matrix vectors(rows, dimensions);
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t c = 0; c < dimensions; ++c) {
      vectors.row(i)[c] =
          HardElement(kind, random, static_cast<uint64_t>(i),
                      static_cast<uint64_t>(i * dimensions + c), static_cast<uint64_t>(c));
    }
  }
  return vectors;
}

}  // namespace dpr::testing
