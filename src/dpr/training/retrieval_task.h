// Dense passage retrieval as a training task: batches of questions with their passages, the
// contrastive loss, the dev set's figures.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dpr/training/batches.h"
#include "dpr/training/trainer.h"
#include "dpr/training/training_model.h"
#include "dpr/training/training_run.h"
#include "dpr/training/training_task.h"

namespace dpr {

class RetrievalTask : public TrainingTask {
 public:
  // Opens request.model; says through `progress` what its user should know. `request` must outlive
  // it.
  RetrievalTask(const TrainingRequest& request, TrainingData data, Progress& progress);

  TrainingState Identity() const override;
  std::string StartJson() const override;
  std::vector<std::string> Notes() const override;
  int64_t steps() const override { return order_.steps(); }
  int64_t steps_per_epoch() const override { return order_.steps_per_epoch(); }
  double LearningRate(int64_t step) const override { return schedule_.At(step); }
  TaskStep AddGradients(int64_t step) override;
  Optimizer& optimizer() override { return model_.optimizer(); }
  const CheckpointArrays& arrays() const override { return model_.arrays(); }
  void ParametersChanged() override { model_.ParametersChanged(); }
  std::string CountsJson() const override { return counts_.Json(); }
  void RestoreCounts(const std::string& json) override { counts_ = BatchCounts::FromJson(json); }
  int64_t evaluate_every() const override;
  std::optional<TaskEvaluation> Evaluate(const TrainingState& state, const std::atomic<bool>& stop,
                                         Progress& progress) override;
  bool IsBetter(const TrainingState& state, double value, double best) const override;
  int64_t patience() const override { return request_.settings.patience; }
  void Write(const Path& folder) const override;

  // What the dev set is asked for after `step` steps.
  DevMetric MetricAt(int64_t step) const;

 private:
  TaskStep Describe(const LossResult& result, const StepExamples& examples, double scale) const;

  const TrainingRequest& request_;
  const TrainingData data_;
  const BatchOrder order_;
  TrainingModel model_;
  const BatchBuilder builder_;
  std::optional<Validation> validation_;
  LinearSchedule schedule_;
  std::vector<std::string> order_notes_;
  BatchCounts counts_;
  int64_t epoch_ = -1;  // whose batches are at hand
  std::vector<StepExamples> batches_;
};

}  // namespace dpr
