#include "dpr/evaluation/hierarchical_bootstrap.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "dpr/base/error.h"
#include "dpr/base/random.h"
#include "dpr/base/threads.h"
#include "dpr/evaluation/resampling.h"

namespace dpr {
namespace {

constexpr uint64_t kSeedStream = 0x736565647261770a;  // "seedraw\n": apart from other uses
// Relative to the means, differences below this are those of rounding.
constexpr double kRounding = 1e-12;

void CheckVariants(std::span<const SeededValues> variants) {
  for (const SeededValues& variant : variants) {
    DPR_CHECK(variant.seeds.size() == variant.values.size());
    if (variant.seeds.empty() || variant.values.front().empty()) {
      throw Error(ErrorCode::kInvalid, "there are no seeds or no questions to resample", {},
                  "Give at least one seed and one question");
    }
    DPR_CHECK(variant.values.front().size() == variants.front().values.front().size());
  }
}

// The order of a variant's seeds by number.
std::vector<size_t> BySeed(const SeededValues& variant) {
  std::vector<size_t> order(variant.seeds.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return variant.seeds[a] < variant.seeds[b]; });
  for (size_t i = 1; i < order.size(); ++i) {
    if (variant.seeds[order[i - 1]] != variant.seeds[order[i]]) continue;
    throw Error(ErrorCode::kInvalid,
                "seed " + std::to_string(variant.seeds[order[i]]) + " is there twice", {},
                "Give each seed once");
  }
  return order;
}

// One generator for each list of seeds, whatever variants there are beside.
CounterRandom SeedDraws(const std::vector<uint64_t>& sorted_seeds, uint64_t seed) {
  uint64_t stream = kSeedStream;
  for (const uint64_t number : sorted_seeds) stream = CounterRandom(stream, number).Bits(0);
  return CounterRandom(seed, stream);
}

// By how much the mean of drawn seeds is moved away from the mean of all: of S seeds, draws show
// only (S - 1) / S of the variance.
double Rescaling(size_t seeds) {
  const auto count = static_cast<double>(seeds);
  return seeds > 1 ? std::sqrt(count / (count - 1)) : 1;
}

// Variants laid out for resampling: a column is one seed of one variant.
struct Layout {
  explicit Layout(std::span<const SeededValues> variants, uint64_t seed) {
    std::map<std::vector<uint64_t>, size_t> lists;
    std::vector<std::vector<double>> series;
    for (const SeededValues& variant : variants) {
      std::vector<uint64_t> sorted;
      begin.push_back(series.size());
      for (const size_t i : BySeed(variant)) {
        sorted.push_back(variant.seeds[i]);
        series.push_back(variant.values[i]);
      }
      const auto [list, added] = lists.emplace(sorted, draws.size());
      if (added) draws.push_back(SeedDraws(sorted, seed));
      if (added) seeds.push_back(sorted.size());
      list_of.push_back(list->second);
    }
    columns = series.size();
    rows = Transposed(series);
  }

  size_t columns = 0;
  std::vector<double> rows;          // [questions, columns]
  std::vector<size_t> begin;         // of each variant: its first column
  std::vector<size_t> list_of;       // of each variant: its list of seeds
  std::vector<size_t> seeds;         // of each list: how many
  std::vector<CounterRandom> draws;  // of each list
};

}  // namespace

double MeanOf(const SeededValues& variant) {
  CheckVariants({&variant, 1});
  double sum = 0;
  for (const std::vector<double>& values : variant.values) {
    sum += std::accumulate(values.begin(), values.end(), 0.0);
  }
  return sum / static_cast<double>(variant.seeds.size() * variant.values.front().size());
}

std::vector<std::vector<double>> HierarchicalMeans(std::span<const SeededValues> variants,
                                                   const BootstrapOptions& options) {
  DPR_CHECK(options.resamples >= 1 && options.level > 0 && options.level < 1);
  CheckVariants(variants);
  if (variants.empty()) return {};
  const size_t questions = variants.front().values.front().size();
  DPR_CHECK(questions < uint64_t{1} << 32);

  const Layout layout(variants, options.seed);
  const CounterRandom random(options.seed, kQuestionStream);
  std::vector<std::vector<double>> means(variants.size(), std::vector<double>(options.resamples));
  const int64_t grain = static_cast<int64_t>(kDrawsAtATime / (questions * layout.columns) + 1);
  ParallelFor(options.resamples, grain, [&](int64_t r) {
    const auto resample = static_cast<uint64_t>(r);
    std::vector<double> sums(layout.columns);
    ForEachDraw(random, resample, questions, [&](uint64_t question) {
      const double* row = layout.rows.data() + question * layout.columns;
      for (size_t c = 0; c < sums.size(); ++c) sums[c] += row[c];
    });
    for (size_t v = 0; v < variants.size(); ++v) {
      const size_t list = layout.list_of[v], seeds = layout.seeds[list];
      const double* own = sums.data() + layout.begin[v];
      const double all = std::accumulate(own, own + seeds, 0.0);
      double drawn = 0;
      ForEachDraw(layout.draws[list], resample, seeds, [&](uint64_t seed) { drawn += own[seed]; });
      means[v][r] =
          (all + Rescaling(seeds) * (drawn - all)) / static_cast<double>(seeds * questions);
    }
  });
  return means;
}

MeanDifference DifferenceOf(double first_mean, double second_mean, std::span<const double> first,
                            std::span<const double> second, double level) {
  DPR_CHECK(first.size() == second.size() && !first.empty());
  std::vector<double> differences;
  size_t at_most = 0, at_least = 0;
  for (size_t r = 0; r < first.size(); ++r) {
    const double rounding = kRounding * std::max(std::abs(first[r]), std::abs(second[r]));
    differences.push_back(first[r] - second[r]);
    if (differences.back() <= rounding) ++at_most;
    if (differences.back() >= -rounding) ++at_least;
  }
  const double tail =
      static_cast<double>(1 + std::min(at_most, at_least)) / static_cast<double>(1 + first.size());
  return {first_mean - second_mean, PercentileInterval(std::move(differences), level),
          std::min(1.0, 2 * tail)};
}

Interval HierarchicalInterval(const SeededValues& variant, const BootstrapOptions& options) {
  return PercentileInterval(std::move(HierarchicalMeans({&variant, 1}, options)[0]), options.level);
}

MeanDifference HierarchicalDifference(const SeededValues& first, const SeededValues& second,
                                      const BootstrapOptions& options) {
  const std::vector<SeededValues> both = {first, second};
  const auto means = HierarchicalMeans(both, options);
  return DifferenceOf(MeanOf(first), MeanOf(second), means[0], means[1], options.level);
}

}  // namespace dpr
