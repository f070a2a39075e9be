// A training run from its files to a retriever's folder, with checkpoints on the way. A run that
// was killed goes on from its last checkpoint and ends in the same weights to the bit; so does one
// that was never stopped, on the same machine.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/training/settings.h"
#include "dpr/training/training_loop.h"
#include "dpr/training/validation.h"

namespace dpr {

struct TrainingFile {
  Path file;
  double sampling_rate = 1, loss_weight = 1;
};

struct TrainingRequest {
  std::vector<TrainingFile> data;
  std::optional<Path> dev;
  std::optional<Path> corpus;  // of examples that only name their passages
  Path model, out;
  std::optional<Path> vocabulary;  // of a checkpoint of DPR's as the model
  TrainingSettings settings;
  bool needs_hard_negatives = false;  // they were asked for: data without any is then an error

  // What changes how it goes, but not where to.
  int64_t checkpoint_every = 0;  // steps; 0: every ten minutes
  std::optional<Path> log;       // a second copy of the log
  std::string command, version;  // of the program, for the log
};

struct TrainingOutcome {
  TrainingEnd end = TrainingEnd::kFinished;
  int64_t step = 0, steps = 0, tokens = 0;
  double last_loss = 0, seconds = 0;
  std::optional<double> best;
  int64_t best_step = 0;
  DevMetric best_metric = DevMetric::kAverageRank;
  std::string counts;  // BatchCounts::Json
};

struct TrainingData;  // training_run.h

// Errors: what the files and the model are at fault for, and RunTrainingLoop's.
TrainingOutcome Train(const TrainingRequest& request, const std::atomic<bool>& stop,
                      Progress& progress);
// The same on examples that are open already: request.data and request.dev are but their names.
TrainingOutcome TrainOn(TrainingData data, const TrainingRequest& request,
                        const std::atomic<bool>& stop, Progress& progress);

}  // namespace dpr
