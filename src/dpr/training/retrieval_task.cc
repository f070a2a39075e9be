#include "dpr/training/retrieval_task.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

Similarity SearchSimilarity(TrainingSimilarity similarity) {
  switch (similarity) {
    case TrainingSimilarity::kDot:
      return Similarity::kDot;
    case TrainingSimilarity::kCosine:
      return Similarity::kCosine;
    case TrainingSimilarity::kL2:
    case TrainingSimilarity::kL2Squared:
      break;
  }
  return Similarity::kL2;
}

BatchOrder OrderOf(const TrainingData& data, const TrainingRequest& request) {
  BatchOrder order(data.sets, request.settings);
  RequireSomethingToLearn(data, order, request);
  return order;
}

std::string DevJson(int64_t step, DevMetric metric, const DevScores& scores) {
  Json json = {{"kind", "dev"},
               {"step", step},
               {"metric", DevMetricName(metric)},
               {"value", scores.Value(metric)},
               {"nll", scores.nll},
               {"accuracy", scores.accuracy}};
  if (scores.pool > 0) {
    json["average_rank"] = scores.average_rank;
    json["accuracy_1"] = scores.accuracy_1;
    json["accuracy_5"] = scores.accuracy_5;
    json["accuracy_20"] = scores.accuracy_20;
  }
  json["questions"] = scores.questions;
  if (scores.pool > 0) json["pool"] = scores.pool;
  return json.dump();
}

std::string DevNote(int64_t step, const DevScores& scores) {
  std::string note = fmt::format("step {}: dev NLL {:.4f}", step, scores.nll);
  if (scores.pool > 0) {
    note += fmt::format(", average rank {:.2f} of {}, accuracy at 1/5/20 {:.3f}/{:.3f}/{:.3f}",
                        scores.average_rank, scores.pool, scores.accuracy_1, scores.accuracy_5,
                        scores.accuracy_20);
  }
  return note;
}

}  // namespace

RetrievalTask::RetrievalTask(const TrainingRequest& request, TrainingData data, Progress& progress)
    : request_(request),
      data_(std::move(data)),
      order_(OrderOf(data_, request)),
      model_(request),
      builder_(data_.sets, request.settings, *model_.retriever().questions.encoder,
               *model_.retriever().passages.encoder) {
  if (data_.dev) validation_.emplace(*data_.dev, request.settings);
  schedule_ = {request.settings.rate, request.settings.WarmupSteps(order_.steps()), order_.steps()};
  order_notes_ = OrderNotes(request_, data_, order_, schedule_);
  for (const std::string& note : order_notes_) progress.Note(note);
}

TrainingState RetrievalTask::Identity() const {
  TrainingSettings settings = request_.settings;
  settings.micro_batch_tokens = model_.micro_batch_tokens();
  TrainingState state;
  state.settings = SettingsJson(settings);
  state.data = data_.identity;
  state.model = model_.retriever().content_hash;
  return state;
}

std::string RetrievalTask::StartJson() const {
  return dpr::StartJson(request_, data_, order_, schedule_.warmup, model_.retriever(),
                        Identity().settings);
}

std::vector<std::string> RetrievalTask::Notes() const {
  std::vector<std::string> notes = data_.notes;
  notes.insert(notes.end(), order_notes_.begin(), order_notes_.end());
  return notes;
}

TaskStep RetrievalTask::AddGradients(int64_t step) {
  const int64_t epoch = step / order_.steps_per_epoch();
  if (epoch != epoch_) batches_ = order_.Epoch(epoch_ = epoch);
  const StepExamples& examples = batches_[step % order_.steps_per_epoch()];
  const TokenizedBatch batch = builder_.Build(examples, step, counts_);
  const double scale = model_.CurrentLoss().scale;
  TaskStep found =
      Describe(model_.AddGradients(batch, step, examples.loss_weight), examples, scale);
  found.tokens = batch.tokens();
  return found;
}

TaskStep RetrievalTask::Describe(const LossResult& result, const StepExamples& examples,
                                 double scale) const {
  TaskStep step;
  step.loss = result.loss;
  const double accuracy =
      static_cast<double>(result.correct) / static_cast<double>(result.questions);
  step.examples = result.questions;
  step.all_examples = counts_.examples;
  step.figures = Json{
      {"positive_mean", result.positive_mean},
      {"negative_mean", result.negative_mean},
      {"negative_deviation", result.negative_deviation},
      {"scale",
       scale}}.dump();
  step.detail = fmt::format("{:.0f} % right in the batch", 100 * accuracy);
  const int64_t first = std::max<int64_t>(0, result.not_finite);
  step.blame = fmt::format(
      "{} {}",
      result.not_finite >= 0 ? "the first example without a finite loss is"
                             : "the batch begins with",
      data_.sets[examples.set].set->Where(examples.examples[static_cast<size_t>(first)]));
  return step;
}

DevMetric RetrievalTask::MetricAt(int64_t step) const {
  const double from = request_.settings.average_rank_from_epoch;
  return from >= 0 && order_.EpochAt(step) >= from ? DevMetric::kAverageRank
                                                   : request_.settings.dev_metric;
}

int64_t RetrievalTask::evaluate_every() const {
  if (!validation_) return 0;
  return request_.settings.dev_every > 0 ? request_.settings.dev_every : order_.steps_per_epoch();
}

std::optional<TaskEvaluation> RetrievalTask::Evaluate(const TrainingState& state,
                                                      const std::atomic<bool>& stop,
                                                      Progress& progress) {
  const DevMetric metric = MetricAt(state.step);
  const auto scores =
      validation_->Run(*model_.retriever().questions.encoder, *model_.retriever().passages.encoder,
                       model_.CurrentLoss().scale, metric, stop, progress);
  if (!scores) return std::nullopt;
  // Where the metric changes, what was best by the old one is no measure any more.
  const int64_t switch_step = static_cast<int64_t>(request_.settings.average_rank_from_epoch *
                                                   static_cast<double>(order_.steps_per_epoch()));
  TaskEvaluation found;
  found.value = scores->Value(metric);
  found.finite = scores->finite();
  found.loss = scores->nll;
  found.comparable = metric == request_.settings.dev_metric || state.best_step >= switch_step;
  found.figures = DevJson(state.step, metric, *scores);
  found.note = DevNote(state.step, *scores);
  return found;
}

bool RetrievalTask::IsBetter(const TrainingState& state, double value, double best) const {
  return dpr::IsBetter(MetricAt(state.step), value, best);
}

void RetrievalTask::Write(const Path& folder) const {
  WriteTrained(model_.retriever(), SearchSimilarity(request_.settings.loss.similarity), folder);
}

}  // namespace dpr
