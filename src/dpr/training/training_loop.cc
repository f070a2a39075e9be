#include "dpr/training/training_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/base/stream.h"
#include "dpr/training/training_log.h"
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

// Everything of a run while it lasts.
class Loop {
 public:
  Loop(TrainingTask& task, const LoopOptions& options, const std::atomic<bool>& stop,
       Progress& progress)
      : task_(task), options_(options), stop_(stop), progress_(progress), state_(task.Identity()) {
    Restore();
  }

  LoopOutcome Execute();

 private:
  void Restore();
  void LogStart();
  void RunSteps();
  void Step();
  void RefuseBadLoss(const TaskStep& step, double norm) const;
  std::string LastGoodState() const;
  bool EvaluationIsDue() const;
  void Evaluate();
  void RefuseBadEvaluation(const TaskEvaluation& found) const;
  bool CheckpointIsDue(Clock::time_point last) const;
  void Checkpoint();
  void SaveCounts();
  TrainingEnd EndOfSteps() const;
  void Finish(TrainingEnd end);
  void WriteReport() const;

  TrainingTask& task_;
  const LoopOptions& options_;
  const std::atomic<bool>& stop_;
  Progress& progress_;
  TrainingState state_;
  std::optional<FileLock> lock_;
  std::optional<TrainingLog> log_;
  std::string detail_;  // of the last step, for the progress
  bool finished_ = false, resumed_ = false, early_ = false;
};

void Loop::Restore() {
  if (const auto finished = ReadFinishedRun(options_.out)) {
    RequireSameRun(state_, *finished, options_.out);
    state_ = *finished;
    task_.RestoreCounts(finished->counts);
    early_ = finished->early;
    finished_ = true;
    RemoveAll(options_.out / "checkpoints");  // a kill may have left them
    return;
  }
  CreateFolder(options_.out);
  lock_.emplace(options_.out / "log.jsonl", "the training run");
  if (const auto checkpoint = FindCheckpoint(options_.out)) {
    const TrainingState found = ReadCheckpointState(*checkpoint);
    RequireSameRun(state_, found, *checkpoint);
    state_ = found;
    task_.RestoreCounts(found.counts);
    task_.optimizer().number() = found.log_scale;
    ReadCheckpointArrays(*checkpoint, found, task_.arrays());
    task_.ParametersChanged();
    early_ = task_.patience() > 0 && state_.worse_in_a_row >= task_.patience();
    resumed_ = true;
  }
  log_.emplace(options_.out / "log.jsonl", state_.log_bytes, options_.log);
  LogStart();
}

void Loop::LogStart() {
  if (resumed_) {
    log_->Write(Json{{"kind", "resume"}, {"step", state_.step}, {"time", TimeNow()}}.dump());
    progress_.Note(fmt::format("going on after step {} of {}", state_.step, task_.steps()));
    return;
  }
  log_->Write(task_.StartJson());
  for (const std::string& note : task_.Notes()) {
    log_->Write(Json{{"kind", "note"}, {"step", state_.step}, {"text", note}}.dump());
  }
}

// A checkpoint whose weights no step has proved yet may be the bad one.
std::string Loop::LastGoodState() const {
  auto checkpoint = FindCheckpoint(options_.out);
  if (checkpoint && ReadCheckpointState(*checkpoint).step == state_.step) {
    checkpoint = DropLatestCheckpoint(options_.out);
  }
  return "Start again in another folder with a lower --lr or a longer --warmup; " +
         (checkpoint ? "the last good state is kept in " + checkpoint->string()
                     : std::string("no good checkpoint had been written yet"));
}

void Loop::RefuseBadLoss(const TaskStep& step, double norm) const {
  if (std::isfinite(step.loss) && std::isfinite(norm)) return;
  throw Error(ErrorCode::kInvalid,
              fmt::format("at step {} the loss is {} and the gradient's norm {}; {}",
                          state_.step + 1, step.loss, norm, step.blame),
              options_.out.string(), LastGoodState());
}

void Loop::RefuseBadEvaluation(const TaskEvaluation& found) const {
  if (found.finite) return;
  throw Error(ErrorCode::kInvalid,
              fmt::format("after step {} the dev set's loss is {}: the weights are no numbers any "
                          "more",
                          state_.step, found.loss),
              options_.out.string(), LastGoodState());
}

void Loop::Step() {
  const auto begin = Clock::now();
  const TaskStep step = task_.AddGradients(state_.step);
  const double norm = task_.optimizer().GradientNorm();
  RefuseBadLoss(step, norm);
  const double rate = task_.LearningRate(state_.step);
  task_.optimizer().Step(state_.step + 1, rate, norm);
  task_.ParametersChanged();
  ++state_.step;
  state_.tokens += step.tokens;
  state_.loss = step.loss;
  const double seconds = SecondsSince(begin);
  state_.seconds += seconds;
  const double epoch =
      static_cast<double>(state_.step) / static_cast<double>(task_.steps_per_epoch());
  log_->Write(
      StepJson({state_.step, epoch, step, rate, norm, seconds, state_.tokens, state_.seconds}));
  detail_ = fmt::format("loss {:.3f}, {}, {:.1f} examples/s, {:.0f} tokens/s", step.loss,
                        step.detail, static_cast<double>(step.examples) / seconds,
                        static_cast<double>(step.tokens) / seconds);
  progress_.Detail(detail_);
  progress_.Advance(1);
  KillPoint("training.step");
}

bool Loop::EvaluationIsDue() const {
  const int64_t every = task_.evaluate_every();
  if (every == 0 || state_.step == state_.evaluated_step) return false;
  return state_.step % every == 0 || state_.step == task_.steps();
}

// It is still due when a signal has ended it.
void Loop::Evaluate() {
  const auto found = task_.Evaluate(state_, stop_, progress_);
  progress_.Detail(detail_);
  if (!found) return;
  RefuseBadEvaluation(*found);
  state_.evaluated_step = state_.step;
  const bool best =
      !state_.best || !found->comparable || task_.IsBetter(state_, found->value, *state_.best);
  Json line = Json::parse(found->figures);
  line["best"] = best;
  log_->Write(line.dump());
  progress_.Note(found->note + (best ? " (best so far)" : ""));
  KillPoint("training.dev");
  if (!best) {
    ++state_.worse_in_a_row;
    early_ = task_.patience() > 0 && state_.worse_in_a_row >= task_.patience();
    return;
  }
  state_.best = found->value;
  state_.best_step = state_.step;
  state_.worse_in_a_row = 0;
  task_.Write(options_.out);
  KillPoint("training.best");
}

void Loop::SaveCounts() {
  state_.counts = task_.CountsJson();
  state_.log_scale = task_.optimizer().number();
  state_.log_bytes = log_->bytes();
  state_.early = early_;
  state_.files.clear();
}

void Loop::Checkpoint() {
  log_->Write(Json{{"kind", "checkpoint"}, {"step", state_.step}}.dump());
  SaveCounts();
  WriteCheckpoint(options_.out, state_, task_.arrays());
  WriteReport();
}

void Loop::Finish(TrainingEnd end) {
  const Json counts = Json::parse(task_.CountsJson());
  log_->Write(Json{
      {"kind", "end"},
      {"step", state_.step},
      {"reason", TrainingEndName(end)},
      {"time", TimeNow()},
      {"seconds", state_.seconds},
      {"examples", counts.at("examples")},
      {"tokens", state_.tokens},
      {"counts",
       counts}}.dump());
  WriteReport();
  if (end == TrainingEnd::kStopped) return;
  // With a dev set the folder holds the best already; the last stands beside it.
  if (!state_.best) task_.Write(options_.out);
  if (state_.best && state_.best_step != state_.step) task_.Write(options_.out / "last");
  KillPoint("training.written");
  SaveCounts();
  WriteFinishedRun(options_.out, state_);
}

void Loop::WriteReport() const {
  const Path log = options_.out / "log.jsonl";
  WriteFileAtomically(options_.out / "report.html", TrainingReportPage(OpenStream(log)));
}

LoopOutcome Loop::Execute() {
  TrainingEnd end = TrainingEnd::kFinished;
  if (finished_) {
    progress_.Note(options_.out.string() + ": this run is finished, there is nothing to do");
    if (early_) end = TrainingEnd::kEarly;
  } else {
    RunSteps();
    end = EndOfSteps();
    Finish(end);
  }
  return {end, state_};
}

TrainingEnd Loop::EndOfSteps() const {
  if (state_.step == task_.steps() && !EvaluationIsDue()) return TrainingEnd::kFinished;
  return early_ ? TrainingEnd::kEarly : TrainingEnd::kStopped;
}

bool Loop::CheckpointIsDue(Clock::time_point last) const {
  if (stop_) return true;
  return options_.checkpoint_every > 0 ? state_.step % options_.checkpoint_every == 0
                                       : SecondsSince(last) > kCheckpointSeconds;
}

void Loop::RunSteps() {
  progress_.Stage("training", static_cast<uint64_t>(task_.steps()), "steps");
  progress_.Advance(static_cast<uint64_t>(state_.step));
  auto last_checkpoint = Clock::now();
  const int64_t begin = state_.step;
  while (true) {
    if (EvaluationIsDue()) Evaluate();
    if (state_.step > begin && CheckpointIsDue(last_checkpoint)) {
      Checkpoint();
      last_checkpoint = Clock::now();
    }
    if (state_.step == task_.steps() || early_ || stop_) return;
    Step();
  }
}

}  // namespace

std::string TrainingEndName(TrainingEnd end) {
  constexpr const char* kNames[] = {"finished", "early-stopping", "stopped"};
  return kNames[static_cast<int>(end)];
}

LoopOutcome RunTrainingLoop(TrainingTask& task, const LoopOptions& options,
                            const std::atomic<bool>& stop, Progress& progress) {
  Loop loop(task, options, stop, progress);
  return loop.Execute();
}

}  // namespace dpr
