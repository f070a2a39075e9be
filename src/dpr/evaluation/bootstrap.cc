#include "dpr/evaluation/bootstrap.h"

#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/random.h"
#include "dpr/base/threads.h"
#include "dpr/evaluation/resampling.h"

namespace dpr {

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
  const CounterRandom random(options.seed, kQuestionStream);
  std::vector<std::vector<double>> means(metrics, std::vector<double>(options.resamples));
  const int64_t grain = static_cast<int64_t>(kDrawsAtATime / questions + 1);
  ParallelFor(options.resamples, grain, [&](int64_t r) {
    std::vector<double> sums(metrics);
    ForEachDraw(random, static_cast<uint64_t>(r), questions, [&](uint64_t question) {
      const double* row = rows.data() + question * metrics;
      for (size_t m = 0; m < metrics; ++m) sums[m] += row[m];
    });
    for (size_t m = 0; m < metrics; ++m) means[m][r] = sums[m] / static_cast<double>(questions);
  });

  std::vector<Interval> intervals;
  for (std::vector<double>& values : means) {
    intervals.push_back(PercentileInterval(std::move(values), options.level));
  }
  return intervals;
}

}  // namespace dpr
