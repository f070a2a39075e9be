#include "dpr/evaluation/separation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "dpr/base/error.h"
#include "dpr/evaluation/letter_display.h"
#include "dpr/evaluation/resampling.h"
#include "dpr/evaluation/significance.h"

namespace dpr {
namespace {

// The smallest p is 2 / (1 + resamples), and Holm multiplies it by the number of pairs.
void CheckResamples(size_t variants, const SeparationOptions& options) {
  const double pairs = static_cast<double>(variants * (variants - 1)) / 2;
  const double needed = std::floor(2 * pairs / options.significance);
  if (variants < 2 || options.bootstrap.resamples >= needed) return;
  throw Error(ErrorCode::kUsage,
              std::to_string(options.bootstrap.resamples) + " resamples cannot tell any two of " +
                  std::to_string(variants) + " variants apart",
              {}, "Ask for at least " + std::to_string(static_cast<int64_t>(needed)));
}

std::vector<size_t> ByMean(const std::vector<double>& means) {
  std::vector<size_t> order(means.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return means[a] > means[b]; });
  return order;
}

std::vector<VariantPair> AllPairs(const std::vector<double>& means,
                                  const std::vector<std::vector<double>>& resampled, double level) {
  std::vector<VariantPair> pairs;
  std::vector<double> p_values;
  for (size_t a = 0; a < means.size(); ++a) {
    for (size_t b = a + 1; b < means.size(); ++b) {
      pairs.push_back(
          {a, b, DifferenceOf(means[a], means[b], resampled[a], resampled[b], level), 1});
      p_values.push_back(pairs.back().difference.p);
    }
  }
  const std::vector<double> adjusted = HolmAdjusted(p_values);
  for (size_t i = 0; i < pairs.size(); ++i) pairs[i].adjusted_p = adjusted[i];
  return pairs;
}

}  // namespace

Separation Separate(std::span<const SeededValues> variants, const SeparationOptions& options) {
  DPR_CHECK(options.significance > 0 && options.significance < 1);
  CheckResamples(variants.size(), options);
  const double level = options.bootstrap.level;
  const auto resampled = HierarchicalMeans(variants, options.bootstrap);

  Separation result;
  for (size_t v = 0; v < variants.size(); ++v) {
    result.means.push_back(MeanOf(variants[v]));
    result.intervals.push_back(PercentileInterval(resampled[v], level));
  }
  result.pairs = AllPairs(result.means, resampled, level);
  result.order = ByMean(result.means);

  std::vector<std::vector<bool>> alike(variants.size(), std::vector<bool>(variants.size()));
  result.not_separated.resize(variants.size());
  for (const VariantPair& pair : result.pairs) {
    if (pair.adjusted_p < options.significance) continue;
    alike[pair.first][pair.second] = alike[pair.second][pair.first] = true;
    result.not_separated[pair.first].push_back(pair.second);
    result.not_separated[pair.second].push_back(pair.first);
  }
  for (std::vector<size_t>& others : result.not_separated) std::sort(others.begin(), others.end());
  for (const std::vector<size_t>& groups : LetterGroups(alike, result.order)) {
    result.letters.push_back(GroupLetters(groups));
  }
  return result;
}

}  // namespace dpr
