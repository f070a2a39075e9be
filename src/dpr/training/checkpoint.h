// All of a training run that the next step depends on, on disk. docs/formats/training-run.md
//
//   RUN/checkpoints/step-000000100/   appears whole, by rename; the last two are kept
//     question.safetensors, passage.safetensors
//                     `parameters`, `means`, `squares`: f32, the model's own packed order
//     state.json      the step, the settings, the data, the counts
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/training/optimizer.h"

namespace dpr {

// Where a run stands after `step` steps.
struct TrainingState {
  int64_t step = 0;
  std::string settings;           // SettingsJson
  std::vector<std::string> data;  // content hashes of the sets, with rates and weights
  std::string model;              // content hash of what it started from
  std::string counts;             // TrainingTask::CountsJson: an object with `examples`
  OptimizedNumber log_scale;
  std::optional<double> best;  // of the dev metric
  int64_t best_step = 0, worse_in_a_row = 0;
  int64_t evaluated_step = 0;  // the last whose dev figures are known
  int64_t tokens = 0;
  double seconds = 0;                        // of training, over all sessions
  uint64_t log_bytes = 0;                    // of the log at that time
  double loss = 0;                           // of the last step
  bool early = false;                        // it ended before its last step
  std::map<std::string, std::string> files;  // of the checkpoint, with their hashes

  std::string Json() const;
  // kCorrupt, with `where`, for anything else.
  static TrainingState FromJson(const std::string& text, const std::string& where);
};

// An encoder's arrays, by its name in the checkpoint.
using CheckpointArrays = std::map<std::string, OptimizedArray*>;

void WriteCheckpoint(const Path& run, const TrainingState& state, const CheckpointArrays& arrays);

// The newest whole one, or nothing.
std::optional<Path> FindCheckpoint(const Path& run);
// Removes the newest, whose weights turned out to be no numbers, and returns the one before it.
std::optional<Path> DropLatestCheckpoint(const Path& run);
TrainingState ReadCheckpointState(const Path& checkpoint);
// Into the arrays. kCorrupt, naming the file, where it is not the one that `state` says was
// written, or of another size.
void ReadCheckpointArrays(const Path& checkpoint, const TrainingState& state,
                          const CheckpointArrays& arrays);

}  // namespace dpr
