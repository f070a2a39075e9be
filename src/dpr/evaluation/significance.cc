#include "dpr/evaluation/significance.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>

#include "dpr/base/error.h"
#include "dpr/base/random.h"
#include "dpr/base/threads.h"

namespace dpr {
namespace {

constexpr uint64_t kStream = 0x666c69707369676e;  // "flipsign": apart from other uses of the seed
constexpr size_t kMostExact = 16;                 // 65,536 patterns
constexpr size_t kSignsAtATime = 1 << 20;         // about a millisecond: less is not worth a thread

// Sums of the differences under any pattern of signs. The sum of each four consecutive differences
// is tabulated for the 16 patterns that they can have.
class SignedSums {
 public:
  explicit SignedSums(std::span<const double> differences) : count_(differences.size()) {
    for (size_t begin = 0; begin < count_; begin += 4) {
      auto& sums = table_.emplace_back();
      for (unsigned pattern = 0; pattern < 16; ++pattern) {
        for (size_t i = begin; i < std::min(begin + 4, count_); ++i) {
          sums[pattern] += (pattern >> (i - begin) & 1) != 0 ? -differences[i] : differences[i];
        }
      }
      sum_of_magnitudes_ += *std::max_element(sums.begin(), sums.end());
    }
  }

  // Bit i of `word(i / 32)` says whether difference i changes its sign.
  template <typename WordOf>
  double Sum(WordOf&& word_of) const {
    double sum = 0;
    for (size_t word = 0; 8 * word < table_.size(); ++word) {
      uint32_t bits = word_of(word);
      const size_t end = std::min(8 * word + 8, table_.size());
      for (size_t group = 8 * word; group < end; ++group, bits >>= 4) {
        sum += table_[group][bits & 15];
      }
    }
    return sum;
  }

  // Patterns with the same exact sum must not be told apart by rounding: a bound of its error.
  double rounding() const {
    return static_cast<double>(count_) * std::numeric_limits<double>::epsilon() *
           sum_of_magnitudes_;
  }

 private:
  size_t count_;
  std::vector<std::array<double, 16>> table_;  // [differences / 4][pattern]
  double sum_of_magnitudes_ = 0;
};

double ExactP(const SignedSums& sums, size_t count, double threshold) {
  const uint32_t patterns = uint32_t{1} << count;
  uint32_t extreme = 0;
  for (uint32_t pattern = 0; pattern < patterns; ++pattern) {
    if (std::abs(sums.Sum([=](size_t) { return pattern; })) >= threshold) ++extreme;
  }
  return extreme / static_cast<double>(patterns);
}

double SampledP(const SignedSums& sums, size_t count, double threshold,
                const RandomizationOptions& options) {
  const CounterRandom random(options.seed, kStream);
  const uint64_t blocks = (count + 127) / 128;
  std::atomic<int64_t> extreme = 0;
  const int64_t grain = static_cast<int64_t>(kSignsAtATime / count + 1);
  ParallelFor(options.permutations, grain, [&](int64_t permutation) {
    std::array<uint32_t, 4> block = {};
    const double sum = sums.Sum([&](size_t word) {
      if (word % 4 == 0)
        block = random.Block(static_cast<uint64_t>(permutation) * blocks + word / 4);
      return block[word % 4];
    });
    if (std::abs(sum) >= threshold) extreme.fetch_add(1, std::memory_order_relaxed);
  });
  return static_cast<double>(1 + extreme) / static_cast<double>(1 + options.permutations);
}

}  // namespace

double PairedRandomizationTest(std::span<const double> a, std::span<const double> b,
                               const RandomizationOptions& options) {
  DPR_CHECK(a.size() == b.size());
  DPR_CHECK(options.permutations >= 1);
  std::vector<double> differences;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) differences.push_back(a[i] - b[i]);
  }
  if (differences.empty()) return 1;
  const SignedSums sums(differences);
  const double observed = std::abs(sums.Sum([](size_t) { return uint32_t{0}; }));
  const double threshold = observed - sums.rounding();
  return differences.size() <= kMostExact ? ExactP(sums, differences.size(), threshold)
                                          : SampledP(sums, differences.size(), threshold, options);
}

std::vector<double> HolmAdjusted(std::span<const double> p_values) {
  std::vector<size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t x, size_t y) { return p_values[x] < p_values[y]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const double p = p_values[order[i]] * static_cast<double>(order.size() - i);
    largest = std::max(largest, std::min(1.0, p));
    adjusted[order[i]] = largest;
  }
  return adjusted;
}

std::vector<Comparison> Compare(const Evaluation& run, const Evaluation& other,
                                const RandomizationOptions& options) {
  DPR_CHECK(run.metrics == other.metrics && run.question_ids == other.question_ids);
  std::vector<Comparison> comparisons;
  std::vector<double> p_values;
  for (size_t m = 0; m < run.metrics.size(); ++m) {
    p_values.push_back(PairedRandomizationTest(run.values[m], other.values[m], options));
    comparisons.push_back(
        {run.metrics[m], Mean(run.values[m]) - Mean(other.values[m]), p_values.back()});
  }
  const std::vector<double> adjusted = HolmAdjusted(p_values);
  for (size_t m = 0; m < comparisons.size(); ++m) comparisons[m].adjusted_p = adjusted[m];
  return comparisons;
}

}  // namespace dpr
