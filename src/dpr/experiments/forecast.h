// How long what is still to be done will take, from rates that are measured on this machine for a
// few seconds before anything starts.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "dpr/experiments/layout.h"
#include "dpr/experiments/recipes.h"
#include "dpr/experiments/step.h"

namespace dpr {

struct Forecast {
  std::map<std::string, double> rates;  // tokens a second, by StepCost::rate
  std::array<double, kStepKinds> seconds{};
  int64_t steps = 0, done = 0;  // to be made; there already

  double total() const;
};

// Of what `experiments` lack in `store`. Measures those rates that are needed, with random weights.
Forecast ForecastOf(const std::vector<ExperimentSteps>& experiments, Precision precision,
                    const StepStore& store, const Path& scratch);

// Lines for the user: rates, and what will take how long.
std::vector<std::string> ForecastLines(const Forecast& forecast);

}  // namespace dpr
