#include "dpr/training/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/base/stream.h"
#include "dpr/base/threads.h"
#include "dpr/training/batches.h"
#include "dpr/training/checkpoint.h"
#include "dpr/training/training_log.h"
#include "dpr/training/training_model.h"
#include "dpr/training/training_report.h"
#include "dpr/training/training_run.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr double kCheckpointSeconds = 600;

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

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

// Everything of a run while it lasts.
class Run {
 public:
  Run(const TrainingRequest& request, const std::atomic<bool>& stop, Progress& progress)
      : request_(request),
        stop_(stop),
        progress_(progress),
        data_(OpenTrainingData(request, progress)),
        order_(OrderOf(data_, request)),
        model_(request),
        builder_(data_.sets, request.settings, *model_.retriever().questions.encoder,
                 *model_.retriever().passages.encoder) {
    if (data_.dev) validation_.emplace(*data_.dev, request.settings);
    schedule_ = {request.settings.rate, request.settings.WarmupSteps(order_.steps()),
                 order_.steps()};
    Restore();
  }

  TrainingOutcome Execute();

 private:
  static BatchOrder OrderOf(const TrainingData& data, const TrainingRequest& request) {
    BatchOrder order(data.sets, request.settings);
    RequireSomethingToLearn(data, order, request);
    return order;
  }
  void Restore();
  void Step(const StepExamples& examples);
  void RefuseBadLoss(const LossResult& result, double norm, const StepExamples& examples) const;
  void RefuseBadDevScores(const DevScores& scores) const;
  std::string LastGoodState() const;
  void LogStart();
  void Note(const std::string& text);
  void ShowStep(const StepRecord& record);
  void Validate();
  DevMetric MetricAt(int64_t step) const;
  bool EvaluationIsDue() const;
  bool CheckpointIsDue(Clock::time_point last) const;
  std::string DevNote(const DevScores& scores, bool best) const;
  TrainingEnd EndOfSteps() const;
  Similarity similarity() const { return SearchSimilarity(request_.settings.loss.similarity); }
  void SaveCounts();
  void Checkpoint();
  void Finish(TrainingEnd end);
  void WriteReport() const;
  void RunSteps();

  const TrainingRequest& request_;
  const std::atomic<bool>& stop_;
  Progress& progress_;
  const TrainingData data_;
  const BatchOrder order_;
  TrainingModel model_;
  const BatchBuilder builder_;
  std::optional<Validation> validation_;
  LinearSchedule schedule_;
  TrainingState state_;
  BatchCounts counts_;
  std::optional<FileLock> lock_;
  std::optional<TrainingLog> log_;
  std::string detail_;  // of the last step, for the progress
  bool finished_ = false, resumed_ = false, early_ = false;
};

void Run::Restore() {
  TrainingSettings settings = request_.settings;
  settings.micro_batch_tokens = model_.micro_batch_tokens();
  state_.settings = SettingsJson(settings);
  state_.data = data_.identity;
  state_.model = model_.retriever().content_hash;
  if (const auto finished = ReadFinishedRun(request_.out)) {
    RequireSameRun(state_, *finished, request_.out);
    state_ = *finished;
    counts_ = BatchCounts::FromJson(finished->counts);
    early_ = finished->early;
    finished_ = true;
    RemoveAll(request_.out / "checkpoints");  // a kill may have left them
    return;
  }
  CreateFolder(request_.out);
  lock_.emplace(request_.out / "log.jsonl", "the training run");
  if (const auto checkpoint = FindCheckpoint(request_.out)) {
    const TrainingState found = ReadCheckpointState(*checkpoint);
    RequireSameRun(state_, found, *checkpoint);
    state_ = found;
    counts_ = BatchCounts::FromJson(found.counts);
    model_.optimizer().number() = found.log_scale;
    ReadCheckpointArrays(*checkpoint, found, model_.arrays());
    model_.ParametersChanged();
    early_ = request_.settings.patience > 0 && state_.worse_in_a_row >= request_.settings.patience;
    resumed_ = true;
  }
  log_.emplace(request_.out / "log.jsonl", state_.log_bytes, request_.log);
  LogStart();
}

void Run::LogStart() {
  if (resumed_) {
    log_->Write(Json{{"kind", "resume"}, {"step", state_.step}, {"time", TimeNow()}}.dump());
    progress_.Note(fmt::format("going on after step {} of {}", state_.step, order_.steps()));
    return;
  }
  log_->Write(
      StartJson(request_, data_, order_, schedule_.warmup, model_.retriever(), state_.settings));
  for (const std::string& note : data_.notes) Note(note);
  for (const std::string& note : OrderNotes(request_, data_, order_, schedule_)) Note(note);
}

void Run::Note(const std::string& text) {
  log_->Write(Json{{"kind", "note"}, {"step", state_.step}, {"text", text}}.dump());
  if (std::find(data_.notes.begin(), data_.notes.end(), text) == data_.notes.end()) {
    progress_.Note(text);
  }
}

// A checkpoint whose weights no step has proved yet may be the bad one.
std::string Run::LastGoodState() const {
  auto checkpoint = FindCheckpoint(request_.out);
  if (checkpoint && ReadCheckpointState(*checkpoint).step == state_.step) {
    checkpoint = DropLatestCheckpoint(request_.out);
  }
  return "Start again in another folder with a lower --lr or a longer --warmup; " +
         (checkpoint ? "the last good state is kept in " + checkpoint->string()
                     : std::string("no good checkpoint had been written yet"));
}

void Run::RefuseBadLoss(const LossResult& result, double norm, const StepExamples& examples) const {
  if (std::isfinite(result.loss) && std::isfinite(norm)) return;
  const TrainingSet& set = data_.sets[examples.set].set;
  const int64_t first = std::max<int64_t>(0, result.not_finite);
  throw Error(ErrorCode::kInvalid,
              fmt::format("at step {} the loss is {} and the gradient's norm {}; {} {}",
                          state_.step + 1, result.loss, norm,
                          result.not_finite >= 0 ? "the first example without a finite loss is"
                                                 : "the batch begins with",
                          set.Where(examples.examples[static_cast<size_t>(first)])),
              request_.out.string(), LastGoodState());
}

void Run::RefuseBadDevScores(const DevScores& scores) const {
  if (scores.finite()) return;
  throw Error(ErrorCode::kInvalid,
              fmt::format("after step {} the dev set's loss is {}: the weights are no numbers any "
                          "more",
                          state_.step, scores.nll),
              request_.out.string(), LastGoodState());
}

void Run::Step(const StepExamples& examples) {
  const auto begin = Clock::now();
  const TokenizedBatch batch = builder_.Build(examples, state_.step, counts_);
  const double scale = model_.CurrentLoss().scale;
  const LossResult result = model_.AddGradients(batch, state_.step, examples.loss_weight);
  const double norm = model_.optimizer().GradientNorm();
  RefuseBadLoss(result, norm, examples);
  const double rate = schedule_.At(state_.step);
  model_.Update(state_.step, rate, norm);
  ++state_.step;
  state_.tokens += batch.tokens();
  const double seconds = SecondsSince(begin);
  state_.seconds += seconds;
  ShowStep({state_.step, order_.EpochAt(state_.step), result, rate, norm, scale, batch.tokens(),
            seconds, counts_.examples, state_.tokens, state_.seconds});
  KillPoint("training.step");
}

void Run::ShowStep(const StepRecord& record) {
  log_->Write(StepJson(record));
  state_.loss = record.loss.loss;
  detail_ =
      fmt::format("loss {:.3f}, {:.0f} % right in the batch, {:.1f} examples/s, {:.0f} tokens/s",
                  record.loss.loss, 100 * record.accuracy(),
                  static_cast<double>(record.loss.questions) / record.seconds,
                  static_cast<double>(record.tokens) / record.seconds);
  progress_.Detail(detail_);
  progress_.Advance(1);
}

DevMetric Run::MetricAt(int64_t step) const {
  const double from = request_.settings.average_rank_from_epoch;
  return from >= 0 && order_.EpochAt(step) >= from ? DevMetric::kAverageRank
                                                   : request_.settings.dev_metric;
}

bool Run::EvaluationIsDue() const {
  if (!validation_ || state_.step == state_.evaluated_step) return false;
  const int64_t every =
      request_.settings.dev_every > 0 ? request_.settings.dev_every : order_.steps_per_epoch();
  return state_.step % every == 0 || state_.step == order_.steps();
}

std::string Run::DevNote(const DevScores& scores, bool best) const {
  std::string note = fmt::format("step {}: dev NLL {:.4f}", state_.step, scores.nll);
  if (scores.pool > 0) {
    note += fmt::format(", average rank {:.2f} of {}, accuracy at 1/5/20 {:.3f}/{:.3f}/{:.3f}",
                        scores.average_rank, scores.pool, scores.accuracy_1, scores.accuracy_5,
                        scores.accuracy_20);
  }
  return note + (best ? " (best so far)" : "");
}

// It is still due when a signal has ended it.
void Run::Validate() {
  const DevMetric metric = MetricAt(state_.step);
  const auto found =
      validation_->Run(*model_.retriever().questions.encoder, *model_.retriever().passages.encoder,
                       model_.CurrentLoss().scale, metric, stop_, progress_);
  progress_.Detail(detail_);
  if (!found) return;
  const DevScores& scores = *found;
  RefuseBadDevScores(scores);
  state_.evaluated_step = state_.step;
  const double value = scores.Value(metric);
  // Where the metric changes, what was best by the old one is no measure any more.
  const int64_t switch_step = static_cast<int64_t>(request_.settings.average_rank_from_epoch *
                                                   static_cast<double>(order_.steps_per_epoch()));
  const bool changed = metric != request_.settings.dev_metric && state_.best_step < switch_step;
  const bool best = !state_.best || changed || IsBetter(metric, value, *state_.best);
  log_->Write(DevJson({state_.step, metric, scores, best}));
  progress_.Note(DevNote(scores, best));
  KillPoint("training.dev");
  if (!best) {
    ++state_.worse_in_a_row;
    early_ = request_.settings.patience > 0 && state_.worse_in_a_row >= request_.settings.patience;
    return;
  }
  state_.best = value;
  state_.best_step = state_.step;
  state_.worse_in_a_row = 0;
  WriteTrained(model_.retriever(), similarity(), request_.out);
  KillPoint("training.best");
}

void Run::SaveCounts() {
  state_.counts = counts_.Json();
  state_.log_scale = model_.optimizer().number();
  state_.log_bytes = log_->bytes();
  state_.early = early_;
  state_.files.clear();
}

void Run::Checkpoint() {
  log_->Write(Json{{"kind", "checkpoint"}, {"step", state_.step}}.dump());
  SaveCounts();
  WriteCheckpoint(request_.out, state_, model_.arrays());
  WriteReport();
}

void Run::Finish(TrainingEnd end) {
  const char* reasons[] = {"finished", "early-stopping", "stopped"};
  log_->Write(Json{{"kind", "end"},
                   {"step", state_.step},
                   {"reason", reasons[static_cast<int>(end)]},
                   {"time", TimeNow()},
                   {"seconds", state_.seconds},
                   {"examples", counts_.examples},
                   {"tokens", state_.tokens},
                   {"collisions", counts_.collisions},
                   {"counts", Json::parse(counts_.Json())}}
                  .dump());
  WriteReport();
  if (end == TrainingEnd::kStopped) return;
  // With a dev set the folder holds the best already; the last stands beside it.
  if (!state_.best) WriteTrained(model_.retriever(), similarity(), request_.out);
  if (state_.best && state_.best_step != state_.step) {
    WriteTrained(model_.retriever(), similarity(), request_.out / "last");
  }
  KillPoint("training.written");
  SaveCounts();
  WriteFinishedRun(request_.out, state_);
}

void Run::WriteReport() const {
  const Path log = request_.out / "log.jsonl";
  WriteFileAtomically(request_.out / "report.html", TrainingReportPage(OpenStream(log)));
}

TrainingOutcome Run::Execute() {
  TrainingEnd end = TrainingEnd::kFinished;
  if (finished_) {
    progress_.Note(request_.out.string() + ": this run is finished, there is nothing to do");
    if (early_) end = TrainingEnd::kEarly;
  } else {
    RunSteps();
    end = EndOfSteps();
    Finish(end);
  }
  return {end,
          state_.step,
          order_.steps(),
          state_.loss,
          state_.seconds,
          state_.best,
          state_.best_step,
          MetricAt(state_.best_step),
          counts_.Json()};
}

TrainingEnd Run::EndOfSteps() const {
  if (state_.step == order_.steps() && !EvaluationIsDue()) return TrainingEnd::kFinished;
  return early_ ? TrainingEnd::kEarly : TrainingEnd::kStopped;
}

bool Run::CheckpointIsDue(Clock::time_point last) const {
  if (stop_) return true;
  return request_.checkpoint_every > 0 ? state_.step % request_.checkpoint_every == 0
                                       : SecondsSince(last) > kCheckpointSeconds;
}

void Run::RunSteps() {
  progress_.Stage("training", static_cast<uint64_t>(order_.steps()), "steps");
  progress_.Advance(static_cast<uint64_t>(state_.step));
  auto last_checkpoint = Clock::now();
  const int64_t begin = state_.step;
  int64_t epoch = -1;
  std::vector<StepExamples> batches;
  while (true) {
    if (EvaluationIsDue()) Validate();
    if (state_.step > begin && CheckpointIsDue(last_checkpoint)) {
      Checkpoint();
      last_checkpoint = Clock::now();
    }
    if (state_.step == order_.steps() || early_ || stop_) return;
    const int64_t now = state_.step / order_.steps_per_epoch();
    if (now != epoch) batches = order_.Epoch(epoch = now);
    Step(batches[state_.step % order_.steps_per_epoch()]);
  }
}

}  // namespace

TrainingOutcome Train(const TrainingRequest& request, const std::atomic<bool>& stop,
                      Progress& progress) {
  Run run(request, stop, progress);
  return run.Execute();
}

}  // namespace dpr
