#include "dpr/training/training_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/data/training_set.h"
#include "dpr/encoder/description.h"
#include "dpr/training/training_log.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFinished = "training.json";

Json Describe(const ExampleSource& set, const Path& file) {
  const TrainingSetCounts& counts = set.counts();
  return {{"file", file.string()},
          {"format", set.format()},
          {"examples", set.size()},
          {"left_out", counts.without_positives},
          {"positives", counts.positives},
          {"hard_negatives", counts.hard_negatives},
          {"negatives", counts.negatives},
          {"without_hard_negatives", counts.without_hard_negatives},
          {"with_several_positives", counts.with_several_positives}};
}

void NoteLeftOut(const ExampleSource& set, const Path& file, std::vector<std::string>& notes) {
  if (set.counts().without_positives == 0) return;
  notes.push_back(fmt::format("{}: {} of {} examples have no positive and are left out",
                              file.string(), set.counts().without_positives,
                              set.counts().examples));
}

void OpenDev(const TrainingRequest& request, Progress& progress, TrainingData& data) {
  data.dev =
      std::make_shared<TrainingSet>(TrainingSet::Open(*request.dev, progress, {request.corpus}));
  NoteLeftOut(*data.dev, *request.dev, data.notes);
  data.dev_description = Describe(*data.dev, *request.dev).dump();
  data.identity.push_back("dev " + data.dev->content_hash());
  for (size_t i = 0; i < data.sets.size(); ++i) {
    if (data.sets[i].set->content_hash() != data.dev->content_hash()) continue;
    data.notes.push_back(
        fmt::format("warning: {} and {} are the same examples: the dev figures will say "
                    "how well they are remembered, not what was learned",
                    request.dev->string(), request.data[i].file.string()));
  }
}

}  // namespace

TrainingData OpenTrainingData(const TrainingRequest& request, Progress& progress) {
  TrainingData data;
  Json description = Json::array();
  for (const TrainingFile& input : request.data) {
    auto set =
        std::make_shared<TrainingSet>(TrainingSet::Open(input.file, progress, {request.corpus}));
    NoteLeftOut(*set, input.file, data.notes);
    description.push_back(Describe(*set, input.file));
    description.back()["sampling_rate"] = input.sampling_rate;
    description.back()["loss_weight"] = input.loss_weight;
    data.identity.push_back(
        fmt::format("{} {} {}", set->content_hash(), input.sampling_rate, input.loss_weight));
    data.sets.push_back({std::move(set), input.sampling_rate, input.loss_weight});
  }
  data.description = description.dump();
  data.dev_description = "null";
  if (request.dev) OpenDev(request, progress, data);
  for (const std::string& note : data.notes) progress.Note(note);
  return data;
}

std::string StartJson(const TrainingRequest& request, const TrainingData& data,
                      const BatchOrder& order, int64_t warmup_steps,
                      const TrainableRetriever& retriever, const std::string& settings) {
  const BertConfig& config = retriever.passages.bert->config();
  return Json{{"kind", "start"},
              {"time", TimeNow()},
              {"version", request.version},
              {"command", request.command},
              {"machine", Json::parse(MachineJson())},
              {"settings", Json::parse(settings)},
              {"steps", order.steps()},
              {"steps_per_epoch", order.steps_per_epoch()},
              {"warmup_steps", warmup_steps},
              {"model",
               {{"folder", request.model.string()},
                {"layers", config.layers},
                {"hidden", config.hidden},
                {"random", retriever.random},
                {"shared", retriever.shared()}}},
              {"data", Json::parse(data.description)},
              {"dev", Json::parse(data.dev_description)}}
      .dump();
}

std::vector<std::string> OrderNotes(const TrainingRequest& request, const TrainingData& data,
                                    const BatchOrder& order, const LinearSchedule& schedule) {
  std::vector<std::string> notes;
  if (schedule.warmup > order.steps()) {
    notes.push_back(
        fmt::format("the warm-up of {} steps is longer than the run of {}: the learning rate never "
                    "reaches {:g}",
                    schedule.warmup, order.steps(), schedule.rate));
  }
  for (size_t i = 0; i < data.sets.size(); ++i) {
    if (order.remainder(i) == 0) continue;
    notes.push_back(
        fmt::format("{}: of each epoch {} examples fill no batch of {} and are left out, others in "
                    "each",
                    request.data[i].file.string(), order.remainder(i), order.batch(i)));
  }
  return notes;
}

void RequireSomethingToLearn(const TrainingData& data, const BatchOrder& order,
                             const TrainingRequest& request) {
  const TrainingSettings& settings = request.settings;
  for (size_t i = 0; i < data.sets.size(); ++i) {
    const TrainingSetCounts& counts = data.sets[i].set->counts();
    const bool alone = !settings.in_batch || order.batch(i) == 1;
    const bool has_negatives =
        (settings.hard_negatives > 0 && counts.hard_negatives + counts.negatives > 0) ||
        (settings.other_negatives > 0 && counts.negatives > 0);
    if (alone && !has_negatives) {
      throw Error(ErrorCode::kUsage,
                  "a question would stand alone with its positive: there is nothing to learn from",
                  request.data[i].file.string(),
                  "Take a larger --batch with in-batch negatives, or data with negatives "
                  "(`dpr mine` finds them)");
    }
    if (request.needs_hard_negatives && settings.hard_negatives > 0 && counts.hard_negatives == 0) {
      throw Error(ErrorCode::kInvalid,
                  fmt::format("--hard-negatives {} was asked for, but no example has any",
                              settings.hard_negatives),
                  request.data[i].file.string(),
                  "Mine some (`dpr mine`), or leave the option out to train on in-batch negatives");
    }
  }
}

void RequireSameRun(const TrainingState& here, const TrainingState& there, const Path& where) {
  std::vector<std::string> differences = SettingsDifferences(here.settings, there.settings);
  if (here.data != there.data) differences.push_back("the data: other files or other content");
  if (here.model != there.model) differences.push_back("the model that it starts from");
  if (differences.empty()) return;
  throw Error(ErrorCode::kMismatch,
              fmt::format("a run with other settings is here (name: asked for now, there): {}",
                          fmt::join(differences, "; ")),
              where.string(), "Give the same settings to go on, or another folder with -o");
}

std::optional<TrainingState> ReadFinishedRun(const Path& out) {
  const Path file = out / kFinished;
  if (std::filesystem::exists(file)) return TrainingState::FromJson(ReadFile(file), file.string());
  const bool used = std::filesystem::is_directory(out) && !std::filesystem::is_empty(out);
  if (used && !IsTrainingRun(out)) {
    throw Error(ErrorCode::kExists, "the folder holds something else than a training run",
                out.string(), "Choose another folder with -o");
  }
  return std::nullopt;
}

void WriteFinishedRun(const Path& out, const TrainingState& state) {
  WriteFileAtomically(out / kFinished, state.Json());
  RemoveAll(out / "checkpoints");
}

}  // namespace dpr
