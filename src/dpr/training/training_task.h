// What a training run learns: the part of it that knows the data, the model and the loss. The loop
// around it (training_loop.h) knows steps, the log, checkpoints and when to stop.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "dpr/base/progress.h"
#include "dpr/training/checkpoint.h"
#include "dpr/training/optimizer.h"

namespace dpr {

// What a step found, beside the gradients.
struct TaskStep {
  double loss = 0;
  int64_t examples = 0, tokens = 0;  // of this step
  int64_t all_examples = 0;          // of the run so far
  std::string figures = "{}";        // a JSON object: what else its line in the log says
  std::string detail;                // for the progress: "87 % right in the batch"
  std::string blame;                 // where to look when the loss is no number
};

// What an evaluation found.
struct TaskEvaluation {
  double value = 0;        // of the figure that decides
  bool finite = true;      // else the weights are no numbers any more
  double loss = 0;         // said when it is not finite
  bool comparable = true;  // with the best so far: not where the figure that decides has changed
  std::string figures;     // a JSON object: its line in the log
  std::string note;        // for a person
};

// For one caller.
class TrainingTask {
 public:
  virtual ~TrainingTask() = default;

  // All that decides what is learned: TrainingState's settings, data and model. Runs that agree in
  // it end in the same weights.
  virtual TrainingState Identity() const = 0;
  virtual std::string StartJson() const = 0;           // the log's first line
  virtual std::vector<std::string> Notes() const = 0;  // what its user was told at the start

  virtual int64_t steps() const = 0;
  virtual int64_t steps_per_epoch() const = 0;
  virtual double LearningRate(int64_t step) const = 0;

  // Adds the gradients of step `step`, from 0, to the optimiser's.
  virtual TaskStep AddGradients(int64_t step) = 0;
  virtual Optimizer& optimizer() = 0;
  virtual const CheckpointArrays& arrays() const = 0;
  virtual void ParametersChanged() = 0;  // by the optimiser or a checkpoint
  // What it counts over the run, as a JSON object, and going on from there.
  virtual std::string CountsJson() const = 0;
  virtual void RestoreCounts(const std::string& json) = 0;

  // Steps between two evaluations; 0: there is nothing to evaluate on.
  virtual int64_t evaluate_every() const = 0;
  // Nothing when `stop` was set meanwhile.
  virtual std::optional<TaskEvaluation> Evaluate(const TrainingState& state,
                                                 const std::atomic<bool>& stop,
                                                 Progress& progress) = 0;
  virtual bool IsBetter(const TrainingState& state, double value, double best) const = 0;
  virtual int64_t patience() const = 0;  // evaluations without a better one; 0: without end

  // What was learned, as a model's folder.
  virtual void Write(const Path& folder) const = 0;
};

}  // namespace dpr
