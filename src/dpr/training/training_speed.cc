#include "dpr/training/training_speed.h"

#include <chrono>

#include "dpr/bert/operations.h"
#include "dpr/encoder/trainable_retriever.h"
#include "dpr/training/training_model.h"
#include "dpr/training/training_run.h"

namespace dpr {
namespace {

// A step goes forward once and back at twice the cost, for the inputs' and the weights' slopes.
// What is computed twice to save memory counts once.
constexpr double kPassesOfAStep = 3;

}  // namespace

TrainingSpeed MeasureTraining(const TrainingRequest& request, int64_t steps, Progress& progress) {
  const TrainingData data = OpenTrainingData(request, progress);
  const BatchOrder order(data.sets, request.settings);
  RequireSomethingToLearn(data, order, request);
  TrainingModel model(request);
  const BatchBuilder builder(data.sets, request.settings, *model.retriever().questions.encoder,
                             *model.retriever().passages.encoder);
  const std::vector<StepExamples> batches = order.Epoch(0);
  const bool first_only = request.settings.pooling != Pooling::kMean;
  TrainingSpeed speed;
  speed.config = model.retriever().passages.bert->config();
  speed.precision = request.settings.precision;
  progress.Stage("training", static_cast<uint64_t>(steps) + 1, "steps");
  for (int64_t step = 0; step <= steps; ++step) {
    BatchCounts counts;
    const auto begin = std::chrono::steady_clock::now();
    const TokenizedBatch batch = builder.Build(batches[step % batches.size()], step, counts);
    model.AddGradients(batch, step, 1);
    model.Update(step, request.settings.rate, model.optimizer().GradientNorm());
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    progress.Advance(1);
    if (step == 0) continue;
    const BertConfig& asking = model.retriever().questions.bert->config();
    const StageOperations questions = CountOperations(asking, batch.questions, first_only);
    const StageOperations passages = CountOperations(speed.config, batch.passages, first_only);
    const double linear =
        kPassesOfAStep * (LinearOperations(questions) + LinearOperations(passages));
    const double attention =
        kPassesOfAStep * (AttentionOperations(questions) + AttentionOperations(passages));
    speed.steps.push_back({seconds.count(), batch.questions.sequences(), batch.passages.sequences(),
                           batch.tokens(), linear, attention});
  }
  return speed;
}

}  // namespace dpr
