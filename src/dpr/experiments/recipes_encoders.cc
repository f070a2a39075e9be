// Recipes for encoders: given ones, random weights, and those that learn from text alone.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dpr/base/checksum.h"
#include "dpr/bert/random_weights.h"
#include "dpr/encoder/description.h"
#include "dpr/encoder/loading.h"
#include "dpr/encoder/retriever_writer.h"
#include "dpr/experiments/recipes.h"
#include "dpr/pretraining/pretrain.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kEncoderVersion = 2, kPretrainingVersion = 3;
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

// What a pretraining step needs to know.
struct PretrainingJob {
  EncoderDefinition encoder;
  std::vector<Path> texts;
  Path vocabulary;
  BertConfig config;
  StepPointer from;  // null: random weights
  Precision precision;
};

LanguageModelSettings MaskedSettings(const PretrainingJob& job) {
  LanguageModelSettings settings;
  settings.tokens = job.encoder.tokens;
  settings.max_length = std::min<int>(settings.max_length, static_cast<int>(job.config.positions));
  settings.seed = kPretrainingSeed;
  settings.precision = job.precision;
  if (job.encoder.rate) settings.rate = *job.encoder.rate;
  return settings;
}

TrainingSettings CropTraining(const PretrainingJob& job, const std::optional<Path>& model) {
  TrainingSettings settings = ContrastiveSettings(model);
  settings.dropout = 0;  // one pass over the text
  settings.pooling = Pooling::kCls;
  settings.seed = kPretrainingSeed;
  settings.precision = job.precision;
  if (job.encoder.rate) settings.rate = *job.encoder.rate;
  return settings;
}

void Pretrain(const PretrainingJob& job, StepRun& run) {
  PretrainingRequest request;
  request.texts = job.texts;
  request.seed = kPretrainingSeed;
  request.out = run.folder() / "model";
  if (job.from) {
    request.model = ModelFolder(run.Input(job.from));
  } else {
    request.vocabulary = job.vocabulary;
    request.config = run.folder() / "config.json";
    WriteFileAtomically(*request.config, job.config.ToJson(BertArchitecture::kBert));
  }
  if (job.encoder.task == "mlm") {
    PretrainLanguageModel(request, MaskedSettings(job), run.stop(), run.progress());
  } else {
    CropSettings crops;
    crops.kind =
        job.encoder.task == "ict" ? CropSettings::Kind::kInverseCloze : CropSettings::Kind::kCrops;
    crops.seed = kPretrainingSeed;
    PretrainContrastive(request, crops, CropTraining(job, request.model), job.encoder.tokens,
                        run.stop(), run.progress());
  }
  run.RequireNotStopped();
}

}  // namespace

std::string EncoderShape::Name() const {
  return fmt::format("{}x{}", config.layers, config.hidden);
}

std::string Recipes::Missing(const Definition& definition, const EncoderDefinition& encoder) const {
  using Kind = EncoderDefinition::Kind;
  if (encoder.kind == Kind::kGiven && !encoder.model.empty()) {
    const Path folder = materials_.data / encoder.model;
    return std::filesystem::is_directory(folder) ? "" : "it is not at " + folder.string();
  }
  if (!materials_.model) return "it needs --model DIR, an encoder or at least its vocabulary";
  if (encoder.kind != Kind::kPretrained) return "";
  for (const Path& text : encoder.texts) {
    const Path file = materials_.data / text;
    if (!std::filesystem::exists(file)) return "its text is not at " + file.string();
  }
  return encoder.from.empty() ? "" : Missing(definition, definition.Encoder(encoder.from));
}

EncoderSource Recipes::Encoder(const Definition& definition, const EncoderDefinition& encoder,
                               uint64_t seed) const {
  if (encoder.kind == EncoderDefinition::Kind::kGiven) {
    return GivenEncoder(
        encoder, encoder.model.empty() ? *materials_.model : materials_.data / encoder.model);
  }
  if (encoder.kind == EncoderDefinition::Kind::kPretrained) return Pretrained(definition, encoder);
  const Path vocabulary = DescribeRetriever(*materials_.model).passages.folder;
  const BertConfig config = ConfigOf(encoder, vocabulary);
  Step step;
  step.title = fmt::format("random weights ({}), seed {}", encoder.name, seed);
  step.spec =
      Json{{"config", SpecOf(config)}, {"vocabulary", HashTokenizer(vocabulary)}, {"seed", seed}}
          .dump();
  step.make = [config, seed, vocabulary](StepRun& run) {
    const BertWeights weights = RandomWeights(config, seed, true);
    WriteEncoder(run.folder() / "model", EncoderToWrite::Of(weights, {vocabulary}),
                 BertArchitecture::kBert, true);
  };
  return {MakeStep(std::move(step), kEncoderVersion), {config, vocabulary}};
}

EncoderSource Recipes::Pretrained(const Definition& definition,
                                  const EncoderDefinition& encoder) const {
  PretrainingJob job;
  job.encoder = encoder;
  job.precision = materials_.precision;
  Step step;
  Json spec = {{"task", encoder.task},
               {"tokens", encoder.tokens},
               {"rate", encoder.rate ? Json(*encoder.rate) : Json(nullptr)},
               {"precision", PrecisionName(job.precision)}};
  for (const Path& text : encoder.texts) {
    job.texts.push_back(materials_.data / text);
    spec["texts"].push_back(HashFile(job.texts.back()));
  }
  EncoderShape shape;
  if (encoder.from.empty()) {
    job.vocabulary = DescribeRetriever(*materials_.model).passages.folder;
    job.config = ConfigOf(encoder, job.vocabulary);
    shape = {job.config, job.vocabulary};
    spec["config"] = SpecOf(job.config);
    spec["vocabulary"] = HashTokenizer(job.vocabulary);
  } else {
    const EncoderSource from =
        Encoder(definition, definition.Encoder(encoder.from), kPretrainingSeed);
    shape = from.shape;
    job.config = shape.config;
    job.from = from.step;
    step.inputs.push_back(from.step);
  }
  step.kind = StepKind::kPretraining;
  step.title =
      fmt::format("pretraining {}: {} on {} tokens", encoder.name, encoder.task, encoder.tokens);
  step.spec = spec.dump();
  step.resumes = true;
  step.cost = {"train " + shape.Name(), static_cast<double>(encoder.tokens)};
  step.make = [job](StepRun& run) { Pretrain(job, run); };
  return {MakeStep(std::move(step), kPretrainingVersion), shape};
}

}  // namespace dpr
