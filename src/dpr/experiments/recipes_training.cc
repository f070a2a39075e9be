// Recipes for encoders, and for training them.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/base/stream.h"
#include "dpr/bert/random_weights.h"
#include "dpr/encoder/description.h"
#include "dpr/encoder/loading.h"
#include "dpr/encoder/retriever_writer.h"
#include "dpr/experiments/recipes.h"
#include "dpr/training/trainer.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kEncoderVersion = 1, kTrainingVersion = 1;
constexpr uint64_t kPretrainingSeed = 1;

// Of every file directly in the folder, and of those a level below: all that a model has.
std::string HashFolder(const Path& folder) {
  std::vector<Path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Hasher hasher;
  for (const Path& file : files) {
    hasher.AddField(std::filesystem::relative(file, folder).string()).AddField(HashFile(file));
  }
  return hasher.Hex();
}

BertConfig ConfigOf(const EncoderDefinition& encoder, const Path& vocabulary) {
  BertConfig config;
  config.vocabulary = static_cast<int64_t>(OpenTokenizer({vocabulary}).pieces().size());
  config.hidden = encoder.hidden;
  config.layers = encoder.layers;
  config.heads = encoder.heads;
  config.intermediate = encoder.intermediate;
  config.positions = encoder.positions;
  config.segments = 2;
  return config;
}

// Of all of a tokenizer that vectors depend on.
std::string HashTokenizer(const Path& folder) {
  Hasher hasher;
  AddTokenizer(OpenTokenizer({folder}), hasher);
  return hasher.Hex();
}

EncoderSource GivenEncoder(const EncoderDefinition& encoder, const Path& folder) {
  Step step;
  step.title = "the encoder " + encoder.name;
  step.spec = Json{{"given", HashFolder(folder)}}.dump();
  const std::string place = std::filesystem::absolute(folder).lexically_normal().string();
  step.make = [place](StepRun& run) {
    WriteFileAtomically(run.folder() / "given.json", Json{{"folder", place}}.dump());
  };
  const Path side = DescribeRetriever(folder).passages.folder;
  return {MakeStep(std::move(step), kEncoderVersion),
          {BertConfig::Read(side / "config.json"), side}};
}

Json SpecOf(const BertConfig& config) {
  return Json::parse(config.ToJson(BertArchitecture::kBert));
}

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

std::string EncoderShape::Name() const {
  return fmt::format("{}x{}", config.layers, config.hidden);
}

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

std::string Recipes::Missing(const Definition& definition, const EncoderDefinition& encoder) const {
  using Kind = EncoderDefinition::Kind;
  if (encoder.kind == Kind::kGiven && !encoder.model.empty()) {
    const Path folder = materials_.data / encoder.model;
    return std::filesystem::is_directory(folder) ? "" : "it is not at " + folder.string();
  }
  if (!materials_.model) return "it needs --model DIR, an encoder or at least its vocabulary";
  if (encoder.kind != Kind::kPretrained) return "";
  if (!materials_.pretrain) return "this build has no pretraining";
  if (!encoder.from.empty()) return Missing(definition, definition.Encoder(encoder.from));
  for (const Path& text : encoder.texts) {
    const Path file = materials_.data / text;
    if (!std::filesystem::exists(file)) return "its text is not at " + file.string();
  }
  return "";
}

EncoderSource Recipes::Encoder(const Definition& definition, const EncoderDefinition& encoder,
                               uint64_t seed) const {
  if (encoder.kind == EncoderDefinition::Kind::kGiven) {
    return GivenEncoder(
        encoder, encoder.model.empty() ? *materials_.model : materials_.data / encoder.model);
  }
  const Path vocabulary = DescribeRetriever(*materials_.model).passages.folder;
  const BertConfig config = ConfigOf(encoder, vocabulary);
  Step step;
  Json spec = {{"config", SpecOf(config)}, {"vocabulary", HashTokenizer(vocabulary)}};
  if (encoder.kind == EncoderDefinition::Kind::kRandom) {
    spec["seed"] = seed;
    step.title = fmt::format("random weights ({}), seed {}", encoder.name, seed);
    step.make = [config, seed, vocabulary](StepRun& run) {
      const BertWeights weights = RandomWeights(config, seed, true);
      WriteEncoder(run.folder() / "model", EncoderToWrite::Of(weights, {vocabulary}),
                   BertArchitecture::kBert, true);
    };
    step.spec = spec.dump();
    return {MakeStep(std::move(step), kEncoderVersion), {config, vocabulary}};
  }
  PretrainingRequest request;
  StepPointer from;
  EncoderShape shape = {config, vocabulary};
  if (!encoder.from.empty()) {
    const EncoderSource source = Encoder(definition, definition.Encoder(encoder.from), seed);
    from = source.step;
    shape = source.shape;
    step.inputs.push_back(from);
    spec.erase("config");
  }
  spec["task"] = request.task = encoder.task;
  spec["tokens"] = request.tokens = encoder.tokens;
  spec["seed"] = request.seed = kPretrainingSeed;
  for (const Path& text : encoder.texts) {
    request.texts.push_back(materials_.data / text);
    spec["texts"].push_back(HashFile(request.texts.back()));
  }
  request.vocabulary = vocabulary;
  request.config = config;
  step.kind = StepKind::kPretraining;
  step.title =
      fmt::format("pretraining {}: {} on {} tokens", encoder.name, encoder.task, encoder.tokens);
  step.spec = spec.dump();
  step.resumes = true;
  step.cost = {"train " + shape.Name(), static_cast<double>(encoder.tokens)};
  step.make = [request, from, pretrain = materials_.pretrain](StepRun& run) {
    PretrainingRequest own = request;
    own.out = run.folder() / "model";
    if (from) own.model = ModelFolder(run.Input(from));
    pretrain(own, run.stop(), run.progress());
    run.RequireNotStopped();
  };
  return {MakeStep(std::move(step), kEncoderVersion), shape};
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
