// Runs experiments: lays out their steps, says how long they will take, makes what is not there,
// and writes the report, which is written anew after each experiment.
//
//   OUT/index.html    the report
//   OUT/NAME.json     each experiment's figures, for programs
//   OUT/work/         the results of steps (step.h)
#pragma once

#include <array>
#include <atomic>
#include <string>
#include <vector>

#include "dpr/experiments/definition.h"
#include "dpr/experiments/findings.h"
#include "dpr/experiments/forecast.h"
#include "dpr/experiments/layout.h"
#include "dpr/experiments/recipes.h"

namespace dpr {

struct ReproduceRequest {
  std::vector<Definition> definitions;
  Size size = Size::kSmall;
  Materials materials;
  Path out;
  bool forecast_only = false;    // say how long it will take, and stop
  std::string command, version;  // for the report
};

// Where the time of this call went.
struct TimeSpent {
  double total = 0;
  std::array<double, kStepKinds> seconds{};  // of steps, by kind
  double measuring = 0;                      // of the forecast's rates

  // All but training, encoding, searching and what comes before them in the same modules (mining,
  // indexing, pretraining): reading and splitting data, planning, statistics, the report.
  double own() const;
};

struct ReproduceOutcome {
  std::vector<ExperimentSteps> experiments;
  std::vector<ExperimentFindings> findings;
  TimeSpent time;
  double forecast = 0;  // seconds
  Path report;
};

// kInterrupted when it was stopped; the same call goes on. Other errors as the modules' own.
ReproduceOutcome Reproduce(const ReproduceRequest& request, const std::atomic<bool>& stop,
                           Progress& progress);

}  // namespace dpr
