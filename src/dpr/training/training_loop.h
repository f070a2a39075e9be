// The steps of a training run, whatever it learns: the log, checkpoints, evaluations, going on
// after a kill, the finished folder. docs/formats/training-run.md
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/training/training_task.h"

namespace dpr {

enum class TrainingEnd { kFinished, kEarly, kStopped };
std::string TrainingEndName(TrainingEnd end);  // "finished", "early-stopping", "stopped"

struct LoopOptions {
  Path out;
  std::optional<Path> log;       // a second copy of the log
  int64_t checkpoint_every = 0;  // steps; 0: every ten minutes
};

struct LoopOutcome {
  TrainingEnd end = TrainingEnd::kFinished;
  TrainingState state;
};

// `stop`, when it becomes true, ends the run after its step, with a checkpoint. kMismatch when
// options.out holds another run, naming what differs; kInvalid for a loss or an evaluation that is
// no number, naming the step and what is to blame.
LoopOutcome RunTrainingLoop(TrainingTask& task, const LoopOptions& options,
                            const std::atomic<bool>& stop, Progress& progress);

}  // namespace dpr
