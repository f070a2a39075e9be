// Made-up values of variants for tests: a mean, an effect of each seed, one of each question, and
// one of each pair of both. For *_test.cc only.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "dpr/base/random.h"
#include "dpr/evaluation/hierarchical_bootstrap.h"

namespace dpr::testing {

struct Effects {
  double mean = 0.5;
  double seed = 0, question = 0, pair = 0;  // standard deviations
};

// Nearly normal, variance 1: the sum of twelve uniforms.
inline double Normal(uint64_t key, uint64_t stream) {
  const CounterRandom random(key, stream);
  double sum = -6;
  for (uint64_t i = 0; i < 12; ++i) sum += random.Uniform(i);
  return sum;
}

// Effects of questions follow from `sample` alone; those of seeds and pairs from the seeds too.
inline SeededValues Sample(uint64_t sample, std::vector<uint64_t> seeds, size_t questions,
                           const Effects& effects) {
  SeededValues variant{std::move(seeds), {}};
  for (const uint64_t seed : variant.seeds) {
    auto& values = variant.values.emplace_back();
    const double of_seed = effects.mean + effects.seed * Normal(sample, 1000000 + seed);
    for (uint64_t q = 0; q < questions; ++q) {
      values.push_back(of_seed + effects.question * Normal(sample, 2000000 + q) +
                       effects.pair * Normal(sample, 3000000 + 10000 * seed + q));
    }
  }
  return variant;
}

inline std::vector<uint64_t> SeedsFrom(uint64_t first, size_t count) {
  std::vector<uint64_t> seeds;
  for (size_t i = 0; i < count; ++i) seeds.push_back(first + i);
  return seeds;
}

}  // namespace dpr::testing
