// Recipes for training, and for choosing its learning rate.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/base/stream.h"
#include "dpr/experiments/recipes.h"
#include "dpr/training/trainer.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kTrainingVersion = 1;

// The first step's scores, before anything is learned.
void NoteInitialScores(const Path& log, StepRun& run) {
  LineReader lines(OpenStream(log));
  for (std::string_view line; lines.Next(line);) {
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object() || json.value("kind", "") != "step") continue;
    run.Note("initial", Json{{"positive_mean", json.at("positive_mean")},
                             {"negative_mean", json.at("negative_mean")},
                             {"negative_deviation", json.at("negative_deviation")},
                             {"loss", json.at("loss")}}
                            .dump());
    return;
  }
}

TrainingOutcome RunTraining(const TrainingRequest& request, StepRun& run) {
  const TrainingOutcome outcome = Train(request, run.stop(), run.progress());
  if (outcome.end == TrainingEnd::kStopped) run.RequireNotStopped();
  run.Note("steps", std::to_string(outcome.step));
  run.Note("training_seconds", Json(outcome.seconds).dump());
  return outcome;
}

}  // namespace

Path ModelFolder(const Path& result) {
  const Path given = result / "given.json";
  if (std::filesystem::exists(given)) {
    return Json::parse(ReadFile(given)).at("folder").get<std::string>();
  }
  return std::filesystem::exists(result / "retriever") ? result / "retriever" : result / "model";
}

double TokensOfWords(double words, int64_t max_length) {
  constexpr double kPiecesOfAWord = 1.35, kSpecial = 3;
  const double tokens = words * kPiecesOfAWord + kSpecial;
  return max_length > 0 ? std::min(tokens, static_cast<double>(max_length)) : tokens;
}

StepPointer Recipes::Trial(const std::string& name, const EncoderSource& encoder,
                           const std::vector<StepPointer>& examples, const StepPointer& dev,
                           const TrainingSettings& settings, double tokens) const {
  Step step;
  step.kind = StepKind::kTraining;
  step.title = fmt::format("trying the learning rate {:g} for {}", settings.rate, name);
  step.spec = Json{{"trial", Json::parse(SettingsJson(settings))}}.dump();
  step.inputs = examples;
  step.inputs.push_back(encoder.step);
  step.inputs.push_back(dev);
  step.resumes = true;
  step.cost = {"train " + encoder.shape.Name(), tokens};
  step.make = [=, model = encoder.step](StepRun& run) {
    TrainingRequest request;
    for (const StepPointer& from : examples) {
      request.data.push_back({run.Input(from) / "examples.jsonl"});
    }
    request.dev = run.Input(dev) / "examples.jsonl";
    request.model = ModelFolder(run.Input(model));
    request.out = run.folder() / "retriever";
    request.settings = settings;
    std::string rank = "null";  // of a run whose loss was no number
    try {
      const TrainingOutcome outcome = RunTraining(request, run);
      if (outcome.best) rank = Json(*outcome.best).dump();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kInvalid) throw;
      run.progress().Note(error.what());
    }
    RemoveAll(request.out);
    run.Note("average_rank", rank);
  };
  return MakeStep(std::move(step), kTrainingVersion);
}

StepPointer Recipes::Choice(const std::string& name, const std::vector<double>& rates,
                            const std::vector<StepPointer>& trials) const {
  Step step;
  step.title = "choosing the learning rate for " + name;
  step.spec = Json{{"rates", rates}}.dump();
  step.inputs = trials;
  step.make = [=](StepRun& run) {
    std::optional<size_t> best;
    std::vector<std::optional<double>> ranks;
    Json tried = Json::array();
    for (size_t i = 0; i < trials.size(); ++i) {
      const Json rank = Json::parse(run.FactsOf(trials[i])).at("average_rank");
      ranks.push_back(rank.is_null() ? std::nullopt : std::optional(rank.get<double>()));
      tried.push_back({{"rate", rates[i]}, {"average_rank", rank}});
      if (ranks[i] && (!best || *ranks[i] < *ranks[*best])) best = i;
    }
    if (!best) {
      throw Error(ErrorCode::kInvalid, "with none of the learning rates did training succeed", {},
                  "Give lower ones in the experiment file");
    }
    const Json choice = {{"rate", rates[*best]}, {"tried", tried}};
    WriteFileAtomically(run.folder() / "choice.json", choice.dump());
    run.Note("choice", choice.dump());
  };
  return MakeStep(std::move(step), kTrainingVersion);
}

StepPointer Recipes::Trained(const std::string& name, const EncoderSource& encoder,
                             const std::vector<StepPointer>& examples, const StepPointer& choice,
                             const TrainingSettings& settings, double tokens) const {
  Step step;
  step.kind = StepKind::kTraining;
  Json spec = Json::parse(SettingsJson(settings));
  if (choice) spec["lr"] = "chosen";
  step.spec = Json{{"settings", spec}}.dump();
  step.title = fmt::format("training {}, seed {}", name, settings.seed);
  step.inputs = examples;
  step.inputs.push_back(encoder.step);
  if (choice) step.inputs.push_back(choice);
  step.resumes = true;
  step.cost = {"train " + encoder.shape.Name(), tokens};
  step.make = [=, model = encoder.step](StepRun& run) {
    TrainingRequest request;
    for (const StepPointer& from : examples) {
      request.data.push_back({run.Input(from) / "examples.jsonl"});
    }
    request.model = ModelFolder(run.Input(model));
    request.out = run.folder() / "retriever";
    request.settings = settings;
    if (choice) {
      request.settings.rate =
          Json::parse(ReadFile(run.Input(choice) / "choice.json")).at("rate").get<double>();
    }
    RunTraining(request, run);
    NoteInitialScores(request.out / "log.jsonl", run);
  };
  return MakeStep(std::move(step), kTrainingVersion);
}

}  // namespace dpr
