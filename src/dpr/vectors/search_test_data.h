// For *_test.cc only: results compared by their bits, and vectors that make exact search hard
// (ties, zeros, norms at both ends of float's range, infinities, NaN).
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dpr/base/normal.h"
#include "dpr/base/random.h"
#include "dpr/tensor/matrix.h"
#include "dpr/vectors/codes.h"
#include "dpr/vectors/exact_search.h"
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

inline float Normal(const CounterRandom& random, uint64_t position) {
  return static_cast<float>(NormalDraw(random, position));
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

inline constexpr int64_t kClusteredDimensions = 32, kClusters = 20;

// Rows around a few centres, as encoders give them; row i belongs to centre i % kClusters. `spread`
// is that of the norms.
inline Matrix Clustered(int64_t rows, uint64_t seed, double spread = 0) {
  const CounterRandom centres(77, 1), own(seed, 2);
  Matrix vectors(rows, kClusteredDimensions);
  for (int64_t i = 0; i < rows; ++i) {
    const auto row = static_cast<uint64_t>(i);
    const auto norm = static_cast<float>(std::exp(spread * Normal(own, row + (uint64_t{1} << 40))));
    for (int64_t c = 0; c < kClusteredDimensions; ++c) {
      const auto centre = static_cast<uint64_t>(i % kClusters * kClusteredDimensions + c);
      vectors.row(i)[c] =
          norm * (Normal(centres, centre) +
                  0.7f * Normal(own, row * kClusteredDimensions + static_cast<uint64_t>(c)));
    }
  }
  return vectors;
}

inline double RecallOf(const std::vector<std::vector<ScoredRow>>& found,
                       const std::vector<std::vector<ScoredRow>>& truth) {
  double sum = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    std::set<int64_t> rows;
    for (const ScoredRow& hit : truth[i]) rows.insert(hit.row);
    size_t hits = 0;
    for (const ScoredRow& hit : found[i]) hits += rows.count(hit.row);
    sum += truth[i].empty() ? 1 : static_cast<double>(hits) / static_cast<double>(rows.size());
  }
  return sum / static_cast<double>(truth.size());
}

// Vectors and their codes, as one space to search.
struct CodedVectors {
  explicit CodedVectors(Matrix rows)
      : vectors(std::move(rows)),
        codes(vectors.view()),
        space{{{vectors.view(), codes.view()}}, {}} {}

  Matrix vectors;
  CodesInMemory codes;
  SearchSpace space;
};

}  // namespace dpr::testing
