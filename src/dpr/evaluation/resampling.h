// What the bootstraps have in common: draws with replacement, and percentiles. Internal to
// `evaluation`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dpr/base/random.h"
#include "dpr/evaluation/bootstrap.h"

namespace dpr {

constexpr uint64_t kQuestionStream = 0x626f6f7473747261;  // "bootstra": apart from other uses
constexpr size_t kDrawsAtATime = 1 << 18;  // about a millisecond: less is not worth a thread

// Calls visit(index) `count` times, each index below `count` (< 2^32): the draws of one resample. A
// block of the generator gives four; a draw is the high half of word * count, whose bias is below
// count / 2^32.
template <typename Visit>
void ForEachDraw(const CounterRandom& random, uint64_t resample, uint64_t count, Visit visit) {
  const uint64_t blocks = (count + 3) / 4;
  for (uint64_t block = 0; block < blocks; ++block) {
    const auto words = random.Block(resample * blocks + block);
    const uint64_t draws = std::min<uint64_t>(4, count - 4 * block);
    for (uint64_t draw = 0; draw < draws; ++draw) visit(uint64_t{words[draw]} * count >> 32);
  }
}

// [columns][rows] -> [rows * columns], so that one drawn row is contiguous.
std::vector<double> Transposed(std::span<const std::vector<double>> columns);

// Between the values that cut off (1 - level) / 2 on each side, by linear interpolation.
Interval PercentileInterval(std::vector<double> values, double level);

}  // namespace dpr
