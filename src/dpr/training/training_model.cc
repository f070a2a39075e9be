#include "dpr/training/training_model.h"

#include <algorithm>
#include <cmath>

namespace dpr {
namespace {

TrainableRetriever OpenModel(const TrainingRequest& request) {
  TrainableOptions options;
  options.pooling = request.settings.pooling;
  if (request.settings.max_length > 0) {
    options.max_length = static_cast<int>(request.settings.max_length);
  }
  options.projection = request.settings.projection;
  options.share = request.settings.share;
  options.seed = request.settings.seed;
  options.vocabulary = request.vocabulary;
  return OpenTrainable(request.model, options);
}

constexpr int64_t kMemoryBudget = int64_t{2} << 30;  // bytes

int64_t MicroBatchTokens(const TrainingSettings& settings, const EncoderGradient& questions,
                         const EncoderGradient& passages) {
  if (settings.micro_batch_tokens > 0) return settings.micro_batch_tokens;
  // Of one encoder. The other may remember its texts at the same time, but questions are short.
  const int64_t token = std::max(questions.bytes_per_token(), passages.bytes_per_token());
  return std::max<int64_t>(512, kMemoryBudget / token);
}

}  // namespace

TrainingModel::TrainingModel(const TrainingRequest& request)
    : settings_(request.settings),
      retriever_(OpenModel(request)),
      questions_(retriever_.questions.bert, settings_.pooling,
                 settings_.frozen == Frozen::kQuestion, settings_.precision),
      passages_(retriever_.shared()
                    ? std::optional<EncoderGradient>()
                    : std::make_optional<EncoderGradient>(
                          retriever_.passages.bert, settings_.pooling,
                          settings_.frozen == Frozen::kPassage, settings_.precision)),
      micro_batch_tokens_(MicroBatchTokens(settings_, questions_, passages())),
      cache_(questions_, passages(), micro_batch_tokens_),
      optimizer_(settings_.optimizer) {
  for (const NamedEncoder& named : Trained()) {
    optimizer_.Add(named.encoder->bert().parameters(), named.encoder->gradients());
    arrays_[named.name] = optimizer_.arrays().back().get();
  }
  if (settings_.loss.learn_scale) optimizer_.LearnNumber();
  optimizer_.number().value = std::log(settings_.loss.scale);
}

std::vector<TrainingModel::NamedEncoder> TrainingModel::Trained() {
  std::vector<NamedEncoder> trained;
  if (!questions_.frozen()) {
    trained.push_back({retriever_.shared() ? "encoder" : "question", &questions_});
  }
  if (passages_ && !passages_->frozen()) trained.push_back({"passage", &*passages_});
  return trained;
}

LossSettings TrainingModel::CurrentLoss() const {
  LossSettings loss = settings_.loss;
  if (loss.learn_scale) loss.scale = std::exp(optimizer_.number().value);
  return loss;
}

LossResult TrainingModel::AddGradients(const TokenizedBatch& batch, int64_t step, double weight) {
  LossSettings loss = CurrentLoss();
  loss.weight = weight;
  const LossResult result = cache_.AddGradients(
      batch, loss,
      {settings_.dropout, settings_.dropout, settings_.seed, static_cast<uint64_t>(step)});
  optimizer_.number().gradient += result.d_log_scale;
  return result;
}

void TrainingModel::Update(int64_t step, double rate, double gradient_norm) {
  optimizer_.Step(step + 1, rate, gradient_norm);
  ParametersChanged();
}

void TrainingModel::ParametersChanged() {
  for (const NamedEncoder& named : Trained()) named.encoder->bert().ParametersChanged();
}

}  // namespace dpr
