#include "dpr/experiments/reproduce.h"

#include <fmt/format.h>

#include <chrono>
#include <numeric>

#include "dpr/experiments/report_page.h"
#include "dpr/experiments/results_json.h"
#include "dpr/report/format.h"

namespace dpr {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

class Reproduction {
 public:
  Reproduction(const ReproduceRequest& request, const std::atomic<bool>& stop, Progress& progress)
      : request_(request),
        progress_(progress),
        recipes_(request.materials),
        store_(request.out / "work", stop, progress) {}

  ReproduceOutcome Run() {
    for (const Definition& definition : request_.definitions) {
      outcome_.experiments.push_back(LayOut(definition, recipes_, store_));
      NoteMissing(outcome_.experiments.back());
    }
    Foretell();
    if (request_.forecast_only) return std::move(outcome_);
    for (const ExperimentSteps& experiment : outcome_.experiments) {
      for (const StepPointer& goal : experiment.Goals()) store_.Make(goal);
      outcome_.findings.push_back(FindingsOf(experiment, store_, request_.size));
      WriteFileAtomically(request_.out / (experiment.definition.name + ".json"),
                          ResultsJson(experiment, outcome_.findings.back(), store_, request_.size));
      WriteReport();
    }
    WriteReport();
    return std::move(outcome_);
  }

 private:
  void NoteMissing(const ExperimentSteps& experiment) {
    for (const VariantDefinition& variant : experiment.definition.variants) {
      const std::string& missing = experiment.variants.at(variant.name).missing;
      if (missing.empty()) continue;
      progress_.Note(fmt::format("{}: {} is not run here: {}", experiment.definition.name,
                                 variant.name, missing));
    }
  }

  void Foretell() {
    const auto begin = Clock::now();
    const Forecast forecast = ForecastOf(outcome_.experiments, request_.materials.precision, store_,
                                         request_.out / "work" / "measuring");
    measuring_ = SecondsSince(begin);
    outcome_.forecast = forecast.total();
    for (const std::string& line : ForecastLines(forecast)) progress_.Note(line);
    store_.Expect(forecast.steps);
  }

  void WriteReport() {
    outcome_.time = {SecondsSince(begin_), store_.seconds(), measuring_};
    outcome_.report = request_.out / "index.html";
    WriteFileAtomically(outcome_.report, ReportPage(request_, outcome_, store_));
  }

  const Clock::time_point begin_ = Clock::now();
  const ReproduceRequest& request_;
  Progress& progress_;
  const Recipes recipes_;
  StepStore store_;
  ReproduceOutcome outcome_;
  double measuring_ = 0;
};

}  // namespace

double TimeSpent::own() const {
  double others = measuring;
  for (size_t i = 0; i < kStepKinds; ++i) {
    if (static_cast<StepKind>(i) != StepKind::kPreparing) others += seconds[i];
  }
  return total - others;
}

ReproduceOutcome Reproduce(const ReproduceRequest& request, const std::atomic<bool>& stop,
                           Progress& progress) {
  CreateFolder(request.out);
  return Reproduction(request, stop, progress).Run();
}

}  // namespace dpr
