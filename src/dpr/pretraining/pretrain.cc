#include "dpr/pretraining/pretrain.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/bert/model_tensors.h"
#include "dpr/bert/random_weights.h"
#include "dpr/encoder/description.h"
#include "dpr/encoder/loading.h"
#include "dpr/pretraining/language_model_task.h"
#include "dpr/pretraining/pretraining_texts.h"
#include "dpr/pretraining/start_folder.h"
#include "dpr/pretraining/word_frequencies.h"
#include "dpr/text/vocabulary_trainer.h"
#include "dpr/training/training_log.h"
#include "dpr/training/training_run.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kExamplesToMeasure = 256;

Vocabulary LearnVocabulary(const PretrainingTexts& texts, int64_t pieces, Progress& progress) {
  VocabularyTrainer trainer({});
  progress.Stage("counting words", texts.training.size(), "passages");
  for (const int64_t i : texts.training) {
    trainer.Add(texts.store.Read(i).text);
    progress.Advance(1);
  }
  progress.Stage("learning a vocabulary", 0, "pieces");
  Vocabulary vocabulary;
  vocabulary.pieces = trainer.Learn(static_cast<size_t>(pieces));
  progress.Note(fmt::format("learned a vocabulary of {} pieces", vocabulary.pieces.size()));
  return vocabulary;
}

// The model of the request, or a folder of one that has learned nothing, which `keeper` keeps.
Path StartOf(const PretrainingRequest& request, const PretrainingTexts& texts,
             std::unique_ptr<StartFolder>& keeper, Progress& progress) {
  if (request.model) {
    if (!request.config && !request.vocabulary) return *request.model;
    throw Error(ErrorCode::kUsage, "--model brings its own shape and vocabulary", {},
                "Leave out --config and --vocab, or --model");
  }
  Vocabulary vocabulary = request.vocabulary ? ReadVocabularyFiles(*request.vocabulary)
                                             : LearnVocabulary(texts, request.pieces, progress);
  keeper = std::make_unique<StartFolder>(request.config, vocabulary);
  return keeper->path();
}

void AddRandomPooler(BertWeights& weights, uint64_t seed) {
  std::vector<BertWeights::Slot> pooler;
  for (const BertWeights::Slot& slot : weights.Slots()) {
    if (slot.name.starts_with("pooler.") && slot.tensor->empty()) pooler.push_back(slot);
  }
  FillAtRandom(pooler, seed);
}

LanguageModelStart OpenStart(const Path& folder, const PretrainingRequest& request) {
  const RetrieverDescription description = DescribeRetriever(folder);
  const SideDescription& side = description.passages;
  if (!description.is_shared() || description.dense) {
    throw Error(ErrorCode::kUsage, "this is a retriever, not a single BERT", folder.string(),
                "Give one of its encoders' folders, or adapt the whole with --task ict");
  }
  LanguageModelStart start;
  const bool random = !HasModelTensors(side.folder);
  start.description =
      Json{{"folder", random ? "random weights" : folder.string()}, {"random", random}}.dump();
  start.tokenizer = side.tokenizer();
  Hasher hash;
  if (random) {
    const BertConfig config = BertConfig::Read(side.folder / "config.json");
    start.weights = RandomWeights(config, request.seed, true);
    start.heads = PretrainingHeadWeights::Random(config, request.seed);
    start.heads_are_new = true;
    hash.AddField(ReadFile(side.folder / "config.json")).AddNumber(request.seed);
  } else {
    SideWeights loaded = LoadWeights(side, std::nullopt);
    start.weights = std::move(loaded.weights);
    hash = std::move(loaded.content);
    if (start.weights.pooler.empty()) {
      AddRandomPooler(start.weights, request.seed);
      start.notes.push_back("the model has no pooler: one begins at random");
    }
    const StoredTensors stored = OpenModelTensors(side.folder);
    const BertConfig& config = start.weights.config;
    if (PretrainingHeadWeights::HasHeads(stored)) {
      start.heads = PretrainingHeadWeights::FromTensors(stored, config, folder.string());
    } else {
      start.heads = PretrainingHeadWeights::Random(config, request.seed);
      start.heads_are_new = true;
      start.notes.push_back("the model has no heads for pretraining: they begin at random");
    }
  }
  AddTokenizer(OpenTokenizer(start.tokenizer), hash);
  start.hash = hash.Hex();
  return start;
}

std::string StartMembers(const PretrainingRequest& request) {
  Json json = {{"kind", "start"},
               {"time", TimeNow()},
               {"version", request.version},
               {"command", request.command}};
  json["machine"] = Json::parse(MachineJson());
  return json.dump();
}

// Tokens of question and passage together, of examples all over the source.
double MeanTokens(const CropExamples& examples, const RetrieverDescription& description,
                  const TrainingSettings& settings) {
  const WordPiece tokenizer = OpenTokenizer(description.passages.tokenizer());
  const int most = settings.max_length > 0 ? static_cast<int>(settings.max_length)
                                           : description.passages.settings.max_length;
  const int64_t count = std::min(kExamplesToMeasure, examples.size());
  std::vector<int32_t> ids;
  for (int64_t i = 0; i < count; ++i) {
    const TrainingExample example = examples.Read(i * examples.size() / count, 0);
    const TrainingPassage& passage = example.positives.front();
    tokenizer.Encode(example.question.text, most, ids);
    tokenizer.EncodePair(passage.title, passage.text, most, ids);
  }
  return static_cast<double>(ids.size()) / static_cast<double>(count);
}

TrainingData CropData(const PretrainingTexts& texts, const CropSettings& crops,
                      const PretrainingRequest& request, Progress& progress) {
  const std::string name = request.texts.front().string();
  const auto source = std::make_shared<CropExamples>(texts.store, texts.training, crops, name);
  if (source->size() == 0) {
    throw Error(ErrorCode::kInvalid, "no passage is long enough to be cut", name,
                "Give passages of two sentences and more");
  }
  TrainingData data;
  data.sets.push_back({source, 1, 1});
  data.identity = {source->content_hash()};
  Json description = Json::parse(texts.Describe(request.texts));
  description["format"] = source->format();
  description["examples"] = source->size();
  description["left_out"] = source->counts().without_positives;
  data.description = Json::array({description}).dump();
  data.dev_description = "null";
  const auto dev = std::make_shared<CropExamples>(texts.store, texts.held_out, crops, name);
  if (dev->size() > 0) {
    data.dev = dev;
    data.dev_description = Json{{"file", "articles held back"}, {"examples", dev->size()}}.dump();
    data.identity.push_back("dev " + dev->content_hash());
  }
  data.notes.push_back(fmt::format(
      "{} passages make examples by {}, {} are too short, {} are held "
      "back",
      source->size(), source->format(), source->counts().without_positives, dev->size()));
  for (const std::string& note : data.notes) progress.Note(note);
  return data;
}

}  // namespace

LoopOutcome PretrainLanguageModel(const PretrainingRequest& request,
                                  const LanguageModelSettings& settings,
                                  const std::atomic<bool>& stop, Progress& progress) {
  const PretrainingTexts texts = ReadPretrainingTexts(
      request.texts, request.source, request.held_out, request.fewest_held_out, progress);
  std::unique_ptr<StartFolder> keeper;
  LanguageModelStart start = OpenStart(StartOf(request, texts, keeper, progress), request);
  if (settings.max_length > start.weights.config.positions) {
    throw Error(ErrorCode::kUsage,
                fmt::format("--max-length {} is more than the model's {} positions",
                            settings.max_length, start.weights.config.positions));
  }
  const WordPiece tokenizer = OpenTokenizer(start.tokenizer);
  if (start.heads_are_new) {
    const int64_t pieces = start.weights.config.vocabulary;
    start.heads.word_bias = FloatTensor({pieces}, LogFrequencies(texts, tokenizer, pieces));
  }
  LanguageModelTask task(start, texts, tokenizer, settings, StartMembers(request), request.texts,
                         progress);
  return RunTrainingLoop(task, {request.out, request.log, request.checkpoint_every}, stop,
                         progress);
}

TrainingSettings ContrastiveSettings(const std::optional<Path>& model) {
  TrainingSettings settings;
  settings.preset = "contrastive";
  settings.batch = 64;
  settings.hard_negatives = 0;
  settings.share = true;
  settings.rate = 2e-5;
  settings.dev_metric = DevMetric::kAccuracy;
  if (!model) {
    settings.rate = 1e-3;
    settings.dropout = 0;
    settings.pooling = Pooling::kMean;
    return settings;
  }
  const RetrieverDescription description = DescribeRetriever(*model);
  settings.pooling = description.passages.settings.pooling;
  settings.share = description.is_shared();
  const bool cosine =
      description.passages.settings.normalize || description.similarity == Similarity::kCosine;
  if (cosine) settings.loss.similarity = TrainingSimilarity::kCosine;
  if (!cosine && description.similarity == Similarity::kL2) {
    settings.loss.similarity = TrainingSimilarity::kL2;
  }
  return settings;
}

TrainingOutcome PretrainContrastive(const PretrainingRequest& request, const CropSettings& crops,
                                    TrainingSettings settings, int64_t tokens,
                                    const std::atomic<bool>& stop, Progress& progress) {
  const PretrainingTexts texts = ReadPretrainingTexts(
      request.texts, request.source, request.held_out, request.fewest_held_out, progress);
  std::unique_ptr<StartFolder> keeper;
  TrainingRequest training;
  training.model = StartOf(request, texts, keeper, progress);
  training.data = {{request.texts.front()}};
  training.out = request.out;
  training.log = request.log;
  training.checkpoint_every = request.checkpoint_every;
  training.command = request.command;
  training.version = request.version;
  TrainingData data = CropData(texts, crops, request, progress);
  const auto& examples = static_cast<const CropExamples&>(*data.sets.front().set);
  const double step_tokens =
      MeanTokens(examples, DescribeRetriever(training.model), settings) *
      static_cast<double>(std::min<int64_t>(settings.batch, examples.size()));
  settings.steps = std::max<int64_t>(1, std::llround(static_cast<double>(tokens) / step_tokens));
  if (data.dev && settings.dev_every == 0) {
    constexpr int64_t kEvaluations = 10;
    settings.dev_every = std::max<int64_t>(1, settings.steps / kEvaluations);
  }
  training.settings = settings;
  return TrainOn(std::move(data), training, stop, progress);
}

}  // namespace dpr
