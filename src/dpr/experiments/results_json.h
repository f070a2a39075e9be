// An experiment's figures for programs: docs/formats/experiment.md. Internal to `experiments`.
#pragma once

#include <string>

#include "dpr/experiments/findings.h"

namespace dpr {

std::string ResultsJson(const ExperimentSteps& experiment, const ExperimentFindings& findings,
                        const StepStore& store, Size size);

// What trained runs noted: the chosen learning rate and what was tried, the first step's scores.
struct TrainingNotes {
  struct Tried {
    double rate = 0;
    std::optional<double> average_rank;  // nothing: the loss was no number
  };
  std::optional<double> rate;  // nothing: it was given
  std::vector<Tried> tried;
  // Of the first step, before anything is learned, means over the seeds: the positives' score, the
  // negatives' and their deviation.
  double positive_mean = 0, negative_mean = 0, negative_deviation = 0;
  double seconds = 0;  // of training, all seeds together
};
TrainingNotes NotesOf(const VariantSteps& variant, const StepStore& store);

}  // namespace dpr
