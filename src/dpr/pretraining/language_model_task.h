// Masked language modelling with next-sentence prediction as a training task.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dpr/encoder/tokenizer_files.h"
#include "dpr/pretraining/language_model.h"
#include "dpr/pretraining/pretraining_texts.h"
#include "dpr/training/training_task.h"

namespace dpr {

// What it starts from.
struct LanguageModelStart {
  BertWeights weights;  // with a pooler
  PretrainingHeadWeights heads;
  bool heads_are_new = false;  // they have learned nothing
  std::string hash;            // of where they come from
  std::string description;     // JSON, for the log: "folder", "random"
  TokenizerFiles tokenizer;    // that is written beside the weights
  std::vector<std::string> notes;
};

class LanguageModelTask : public TrainingTask {
 public:
  // `start_json`: members of the log's first line that do not come from here (version, command).
  // `texts` and `tokenizer` must outlive it.
  LanguageModelTask(const LanguageModelStart& start, const PretrainingTexts& texts,
                    const WordPiece& tokenizer, const LanguageModelSettings& settings,
                    std::string start_json, std::vector<Path> sources, Progress& progress);

  TrainingState Identity() const override;
  std::string StartJson() const override;
  std::vector<std::string> Notes() const override { return notes_; }
  int64_t steps() const override { return settings_.steps(); }
  int64_t steps_per_epoch() const override { return steps_per_epoch_; }
  double LearningRate(int64_t step) const override { return schedule_.At(step); }
  TaskStep AddGradients(int64_t step) override;
  Optimizer& optimizer() override { return model_.optimizer(); }
  const CheckpointArrays& arrays() const override { return model_.arrays(); }
  void ParametersChanged() override { model_.ParametersChanged(); }
  std::string CountsJson() const override;
  void RestoreCounts(const std::string& json) override;
  int64_t evaluate_every() const override;
  std::optional<TaskEvaluation> Evaluate(const TrainingState& state, const std::atomic<bool>& stop,
                                         Progress& progress) override;
  bool IsBetter(const TrainingState&, double value, double best) const override {
    return value < best;
  }
  int64_t patience() const override { return 0; }
  void Write(const Path& folder) const override;

 private:
  int64_t StartOf(int64_t number);
  void MakeDevBatches(const WordPiece& tokenizer);
  double MeanPairTokens() const;

  const LanguageModelSettings settings_;
  const PretrainingTexts& texts_;
  const std::vector<Path> sources_;
  const TokenizerFiles tokenizer_files_;
  const std::string start_hash_, start_description_, start_json_;
  std::vector<std::string> notes_;
  SentencePairs pairs_;
  LanguageModel model_;
  LinearSchedule schedule_;
  int64_t steps_per_epoch_ = 1;
  int64_t pairs_taken_ = 0;  // so far: the number of the next
  int64_t epoch_ = -1;       // whose order is at hand
  std::vector<int64_t> order_;
  MaskedBatch batch_;
  std::vector<MaskedBatch> dev_;
};

}  // namespace dpr
