// What a training run is made of and what it may be refused for: its data, opened and described,
// and its place on disk. docs/formats/training-run.md
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dpr/encoder/trainable_retriever.h"
#include "dpr/training/batches.h"
#include "dpr/training/checkpoint.h"
#include "dpr/training/trainer.h"

namespace dpr {

struct TrainingData {
  std::vector<WeightedSet> sets;
  std::shared_ptr<const ExampleSource> dev;  // null: none
  std::vector<std::string> identity;         // of the sets and the dev set: content, rate, weight
  std::string description, dev_description;  // JSON, for the log
  std::vector<std::string> notes;            // what is odd about the sets
};

// Also says what it notes: examples left out, a dev set that is a training set.
TrainingData OpenTrainingData(const TrainingRequest& request, Progress& progress);

// The log's first line.
std::string StartJson(const TrainingRequest& request, const TrainingData& data,
                      const BatchOrder& order, int64_t warmup_steps,
                      const TrainableRetriever& retriever, const std::string& settings);
// What its user should know before it starts.
std::vector<std::string> OrderNotes(const TrainingRequest& request, const TrainingData& data,
                                    const BatchOrder& order, const LinearSchedule& schedule);

// kUsage or kInvalid where nothing could be learned: batches of one question without negatives,
// hard negatives that were asked for and are nowhere.
void RequireSomethingToLearn(const TrainingData& data, const BatchOrder& order,
                             const TrainingRequest& request);

// kMismatch, naming every setting that differs, where a run in `where` is not this one.
void RequireSameRun(const TrainingState& here, const TrainingState& there, const Path& where);

// The state that a finished run left, if `out` holds one; kExists when `out` is something else's.
std::optional<TrainingState> ReadFinishedRun(const Path& out);
// Says that the run is over, and removes its checkpoints.
void WriteFinishedRun(const Path& out, const TrainingState& state);

}  // namespace dpr
