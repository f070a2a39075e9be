#include "dpr/pretraining/language_model_task.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/random.h"
#include "dpr/encoder/retriever_writer.h"
#include "dpr/training/random_streams.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kDevTokens = 65'536, kDevBatchTokens = 8192;
constexpr int64_t kPairsToMeasure = 256;
constexpr int64_t kEvaluations = 20;

}  // namespace

LanguageModelTask::LanguageModelTask(const LanguageModelStart& start, const PretrainingTexts& texts,
                                     const WordPiece& tokenizer,
                                     const LanguageModelSettings& settings, std::string start_json,
                                     std::vector<Path> sources, Progress& progress)
    : settings_(settings),
      texts_(texts),
      sources_(std::move(sources)),
      tokenizer_files_(start.tokenizer),
      start_hash_(start.hash),
      start_description_(start.description),
      start_json_(std::move(start_json)),
      notes_(start.notes),
      pairs_(texts.store, texts.training, tokenizer, settings, kPairStream),
      model_(start.weights, start.heads, settings.precision, settings.optimizer,
             settings.micro_batch_tokens) {
  const int64_t warmup = std::llround(settings_.warmup * static_cast<double>(settings_.steps()));
  schedule_ = {settings_.rate, warmup, settings_.steps()};
  const double epoch_tokens = MeanPairTokens() * static_cast<double>(pairs_.size());
  steps_per_epoch_ = std::max<int64_t>(
      1, std::llround(epoch_tokens / static_cast<double>(settings_.batch_tokens)));
  notes_.push_back(
      fmt::format("{:.1f} million tokens in {} steps of {}: about {:.2g} times the text",
                  1e-6 * static_cast<double>(settings_.tokens), settings_.steps(),
                  settings_.batch_tokens, static_cast<double>(settings_.tokens) / epoch_tokens));
  for (const std::string& note : notes_) progress.Note(note);
  MakeDevBatches(tokenizer);
}

// Pairs all over what is held back, always the same.
void LanguageModelTask::MakeDevBatches(const WordPiece& tokenizer) {
  if (texts_.held_out.empty()) return;
  const SentencePairs pairs(texts_.store, texts_.held_out, tokenizer, settings_, kDevPairStream);
  const int64_t most = std::max<int64_t>(1, kDevTokens / settings_.max_length);
  const int64_t count = std::min(pairs.size(), most);
  for (int64_t i = 0; i < count; ++i) {
    if (dev_.empty() || dev_.back().tokens.tokens() >= kDevBatchTokens) dev_.emplace_back();
    dev_.back().Add(pairs.Make(i * pairs.size() / count, i));
  }
}

double LanguageModelTask::MeanPairTokens() const {
  const int64_t count = std::min(kPairsToMeasure, pairs_.size());
  int64_t tokens = 0;
  for (int64_t i = 0; i < count; ++i) {
    tokens += std::ssize(pairs_.Make(i * pairs_.size() / count, i).ids);
  }
  return static_cast<double>(tokens) / static_cast<double>(count);
}

TrainingState LanguageModelTask::Identity() const {
  LanguageModelSettings settings = settings_;
  settings.micro_batch_tokens = model_.micro_batch_tokens();
  TrainingState state;
  state.settings = SettingsJson(settings);
  state.data = {texts_.content_hash()};
  state.model = start_hash_;
  return state;
}

std::string LanguageModelTask::StartJson() const {
  Json json = Json::parse(start_json_);
  const BertConfig& config = model_.bert().config();
  json["settings"] = Json::parse(Identity().settings);
  json["steps"] = steps();
  json["steps_per_epoch"] = steps_per_epoch_;
  json["warmup_steps"] = schedule_.warmup;
  json["model"] = Json::parse(start_description_);
  json["model"]["layers"] = config.layers;
  json["model"]["hidden"] = config.hidden;
  json["model"]["vocabulary"] = config.vocabulary;
  json["data"] = {Json::parse(texts_.Describe(sources_))};
  return json.dump();
}

// Each epoch takes the pairs in an order of its own.
int64_t LanguageModelTask::StartOf(int64_t number) {
  const int64_t epoch = number / pairs_.size();
  if (epoch != epoch_) {
    epoch_ = epoch;
    order_.resize(static_cast<size_t>(pairs_.size()));
    std::iota(order_.begin(), order_.end(), int64_t{0});
    CounterRandom(settings_.seed, kPairOrderStream + static_cast<uint64_t>(epoch))
        .Shuffle(std::span(order_));
  }
  return order_[static_cast<size_t>(number % pairs_.size())];
}

TaskStep LanguageModelTask::AddGradients(int64_t step) {
  batch_.Clear();
  const int64_t first = pairs_taken_;
  while (batch_.tokens.tokens() < settings_.batch_tokens) {
    batch_.Add(pairs_.Make(StartOf(pairs_taken_), pairs_taken_));
    ++pairs_taken_;
    if (batch_.rows.empty() && pairs_taken_ - first > pairs_.size()) {
      throw Error(ErrorCode::kInvalid, "the passages hold no words", sources_.front().string());
    }
  }
  const LanguageModelLoss loss = model_.AddGradients(
      batch_, {settings_.dropout, settings_.dropout, settings_.seed, static_cast<uint64_t>(step)});
  TaskStep found;
  found.loss = loss.loss();
  found.examples = loss.pairs;
  found.tokens = batch_.tokens.tokens();
  found.all_examples = pairs_taken_;
  found.figures = Json{{"word_loss", loss.word_loss()},
                       {"word_accuracy", loss.word_accuracy()},
                       {"next_loss", loss.next_loss()},
                       {"next_accuracy", loss.next_accuracy()}}
                      .dump();
  found.detail = fmt::format("{:.0f} % of words, {:.0f} % of next sentences right",
                             100 * loss.word_accuracy(), 100 * loss.next_accuracy());
  found.blame = fmt::format("its pairs are those from {} on", first + 1);
  return found;
}

std::string LanguageModelTask::CountsJson() const {
  return Json{{"examples", pairs_taken_}}.dump();
}

void LanguageModelTask::RestoreCounts(const std::string& json) {
  pairs_taken_ = Json::parse(json).at("examples");
}

int64_t LanguageModelTask::evaluate_every() const {
  if (dev_.empty()) return 0;
  if (settings_.evaluate_every > 0) return settings_.evaluate_every;
  return std::max<int64_t>(1, steps() / kEvaluations);
}

std::optional<TaskEvaluation> LanguageModelTask::Evaluate(const TrainingState& state,
                                                          const std::atomic<bool>& stop,
                                                          Progress& progress) {
  LanguageModelLoss loss;
  for (size_t i = 0; i < dev_.size(); ++i) {
    if (stop) return std::nullopt;
    progress.Detail(fmt::format("evaluating: {} of {} batches", i, dev_.size()));
    loss.Add(model_.Loss(dev_[i]));
  }
  TaskEvaluation found;
  found.value = found.loss = loss.loss();
  found.finite = std::isfinite(found.loss);
  found.figures = Json{
      {"kind", "dev"},
      {"step", state.step},
      {"metric", "nll"},
      {"value", loss.loss()},
      {"nll", loss.loss()},
      {"word_accuracy", loss.word_accuracy()},
      {"word_loss", loss.word_loss()},
      {"next_loss", loss.next_loss()},
      {"next_accuracy", loss.next_accuracy()},
      {"words", loss.asked},
      {"pairs",
       loss.pairs}}.dump();
  found.note = fmt::format(
      "step {}: held back: loss {:.4f}, of words {:.4f} ({:.1f} % right), of next sentences {:.4f} "
      "({:.1f} % right)",
      state.step, loss.loss(), loss.word_loss(), 100 * loss.word_accuracy(), loss.next_loss(),
      100 * loss.next_accuracy());
  return found;
}

// As transformers' BertForPreTraining, of which AutoModel takes the encoder.
void LanguageModelTask::Write(const Path& folder) const {
  const Bert& bert = model_.bert();
  const BertWeights weights = bert.Unpack(bert.parameters().all());
  PretrainingHeadWeights heads = model_.heads().Unpack(model_.heads().parameters().all());
  EncoderToWrite encoder = EncoderToWrite::Of(weights, tokenizer_files_);
  for (const BertWeights::Slot& slot : heads.Slots(bert.config())) {
    encoder.tensors.push_back({slot.name, slot.shape, slot.tensor->values()});
  }
  WriteEncoder(folder, encoder, BertArchitecture::kBertForPreTraining, true);
}

}  // namespace dpr
