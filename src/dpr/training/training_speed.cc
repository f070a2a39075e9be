#include "dpr/training/training_speed.h"

#include <chrono>

#include "dpr/encoder/trainable_retriever.h"
#include "dpr/training/training_model.h"
#include "dpr/training/training_run.h"

namespace dpr {
namespace {

// 2 operations a weight and row, forward; twice that backward, for the inputs' and the weights'
// slopes. Where first tokens are pooled, the last layer needs keys and values of all tokens, the
// rest of the first ones only.
double LinearOperations(const BertConfig& config, const PackedTokens& texts, bool first_only) {
  const auto hidden = static_cast<double>(config.hidden);
  const auto intermediate = static_cast<double>(config.intermediate);
  const auto tokens = static_cast<double>(texts.tokens());
  const auto sequences = static_cast<double>(texts.sequences());
  const double layer = 4 * hidden * hidden + 2 * hidden * intermediate;
  const double whole_layers = static_cast<double>(config.layers - (first_only ? 1 : 0));
  double weights = whole_layers * layer * tokens;
  if (first_only) {
    weights += 2 * hidden * hidden * tokens + (layer - 2 * hidden * hidden) * sequences;
  }
  return 3 * 2 * weights;
}

// Attention's four products a token pair and head, two forward and twice that backward; where first
// tokens are pooled, the last layer has one query a sequence. What is computed twice to save memory
// counts once.
double AttentionOperations(const BertConfig& config, const PackedTokens& texts, bool first_only) {
  const auto whole_layers = static_cast<double>(config.layers - (first_only ? 1 : 0));
  double pairs = 0;
  for (int64_t s = 0; s < texts.sequences(); ++s) {
    const auto length = static_cast<double>(texts.length(s));
    pairs += whole_layers * length * length + (first_only ? length : 0);
  }
  return 3 * 2 * 2 * pairs * static_cast<double>(config.hidden);
}

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
    const double linear = LinearOperations(asking, batch.questions, first_only) +
                          LinearOperations(speed.config, batch.passages, first_only);
    const double attention = AttentionOperations(asking, batch.questions, first_only) +
                             AttentionOperations(speed.config, batch.passages, first_only);
    speed.steps.push_back({seconds.count(), batch.questions.sequences(), batch.passages.sequences(),
                           batch.tokens(), linear, attention});
  }
  return speed;
}

}  // namespace dpr
