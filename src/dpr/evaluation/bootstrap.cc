#include "dpr/evaluation/bootstrap.h"

#include <algorithm>
#include <cmath>

#include "dpr/base/error.h"
#include "dpr/base/random.h"
#include "dpr/base/threads.h"

namespace dpr {
namespace {

constexpr uint64_t kStream = 0x626f6f7473747261;  // "bootstra": apart from other uses of the seed
constexpr size_t kDrawsAtATime = 1 << 18;         // about a millisecond: less is not worth a thread

// [questions, metrics], so that one drawn question adds a contiguous row.
std::vector<double> Transposed(std::span<const std::vector<double>> series) {
  const size_t questions = series.front().size(), metrics = series.size();
  std::vector<double> rows(questions * metrics);
  for (size_t m = 0; m < metrics; ++m) {
    DPR_CHECK(series[m].size() == questions);
    for (size_t q = 0; q < questions; ++q) rows[q * metrics + m] = series[m][q];
  }
  return rows;
}

// Adds to `sums` the rows of one resample. A block of the generator gives four draws; a draw is the
// high half of word * questions, whose bias is below questions / 2^32.
void AddResample(const CounterRandom& random, uint64_t resample, const std::vector<double>& rows,
                 std::span<double> sums) {
  const size_t metrics = sums.size(), questions = rows.size() / metrics;
  const uint64_t blocks = (questions + 3) / 4;
  for (uint64_t block = 0; block < blocks; ++block) {
    const auto words = random.Block(resample * blocks + block);
    const size_t draws = std::min<size_t>(4, questions - 4 * block);
    for (size_t draw = 0; draw < draws; ++draw) {
      const uint64_t question = uint64_t{words[draw]} * questions >> 32;
      const double* row = rows.data() + question * metrics;
      for (size_t m = 0; m < metrics; ++m) sums[m] += row[m];
    }
  }
}

// The value below which the share `p` of the sorted values lies.
double Quantile(std::span<const double> sorted, double p) {
  const double position = p * static_cast<double>(sorted.size() - 1);
  const size_t below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - std::floor(position));
}

}  // namespace

std::vector<Interval> BootstrapIntervals(std::span<const std::vector<double>> series,
                                         const BootstrapOptions& options) {
  DPR_CHECK(options.resamples >= 1 && options.level > 0 && options.level < 1);
  if (series.empty()) return {};
  const size_t metrics = series.size(), questions = series.front().size();
  if (questions == 0) {
    throw Error(ErrorCode::kInvalid, "there are no questions to resample", {},
                "Give at least one question");
  }
  DPR_CHECK(questions < uint64_t{1} << 32);

  const std::vector<double> rows = Transposed(series);
  const CounterRandom random(options.seed, kStream);
  std::vector<std::vector<double>> means(metrics, std::vector<double>(options.resamples));
  const int64_t grain = static_cast<int64_t>(kDrawsAtATime / questions + 1);
  ParallelFor(options.resamples, grain, [&](int64_t r) {
    std::vector<double> sums(metrics);
    AddResample(random, static_cast<uint64_t>(r), rows, sums);
    for (size_t m = 0; m < metrics; ++m) means[m][r] = sums[m] / static_cast<double>(questions);
  });

  std::vector<Interval> intervals;
  const double tail = (1 - options.level) / 2;
  for (std::vector<double>& sorted : means) {
    std::sort(sorted.begin(), sorted.end());
    intervals.push_back({Quantile(sorted, tail), Quantile(sorted, 1 - tail)});
  }
  return intervals;
}

}  // namespace dpr
