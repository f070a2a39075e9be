#include "dpr/cli/pretraining_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>

#include "dpr/base/error.h"
#include "dpr/cli/training_options.h"
#include "dpr/encoder/retriever_json.h"

namespace dpr::cli {
namespace {

template <typename T>
void Set(const std::optional<T>& said, T& setting) {
  if (said) setting = *said;
}

void Refuse(bool wrong, const std::string& what) {
  if (wrong) throw Error(ErrorCode::kUsage, what);
}

void AddStart(PretrainingOptions& o, CLI::App& command) {
  command.add_option("texts", o.texts, "text, TSV or JSONL files, folders, collections")
      ->required()
      ->type_name("TEXT");
  command.add_option("-o,--output", o.out, "the folder for the model")
      ->required()
      ->type_name("OUT");
  command.add_option("--task", o.task, "mlm (default), ict or crops")
      ->check(CLI::IsMember({"mlm", "ict", "crops"}));
  command.add_option("--model", o.model, "the encoder to start from (default: random weights)")
      ->type_name("DIR");
  command
      .add_option("--config", o.config, "config.json of a new one (default: 4 layers, 256 wide)")
      ->type_name("FILE");
  command
      .add_option("--vocab", o.vocabulary,
                  "vocab.txt, or a folder with a tokenizer, of a new one (default: learned)")
      ->type_name("FILE");
  command.add_option("--vocab-size", o.pieces, "pieces of a vocabulary that is learned")
      ->check(CLI::Range(100, 1 << 21));
  command.add_option("--words", o.words, "in a passage of a document (default: 100)");
  command.add_option("--overlap", o.overlap, "words that such passages share");
  command.add_flag("--skip-bad", o.skip_bad, "count malformed records instead of stopping");
}

void AddLearning(PretrainingOptions& o, CLI::App& command) {
  command
      .add_option("--tokens", o.token_count,
                  "to learn from in all (default: 20e6); mlm: 0 writes the weights as they begin")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--batch-tokens", o.batch_tokens, "mlm: of a step (default: 2048)")
      ->check(CLI::Range(64, 1 << 24));
  command.add_option("--batch", o.batch, "ict, crops: passages of a step (default: 64)")
      ->check(CLI::Range(2, 1 << 20));
  command.add_option("--max-length", o.max_length, "tokens of a pair (mlm: 128) or of a text")
      ->check(CLI::Range(8, 1 << 16));
  command.add_option("--lr", o.rate, "the learning rate after warm-up")->check(CLI::PositiveNumber);
  command.add_option("--warmup", o.warmup, "share of the steps")->check(CLI::Range(0.0, 1.0));
  command
      .add_option("--dropout", o.dropout,
                  "probability (default: mlm 0, of an encoder that is adapted 0.1, else 0)")
      ->check(CLI::Range(0.0, 0.99));
  command.add_option("--pooling", o.pooling,
                     "ict, crops: cls, mean or pooler (default: the model's, else mean)");
  command.add_option("--similarity", o.similarity,
                     "ict, crops: dot, cosine, l2 or l2-squared (default: the model's, else dot)");
  command.add_option("--scale", o.scale, "ict, crops: of the cosine (default: 20)")
      ->check(CLI::PositiveNumber);
  command.add_flag("--two-encoders", o.two_encoders,
                   "ict, crops: one for questions, one for passages (default: as the model)");
  command.add_option("--precision", o.precision, "f32, bf16 or auto (default), the faster here")
      ->type_name("P");
  command.add_option("--seed", o.seed, "of weights, order, masks and crops")
      ->check(CLI::NonNegativeNumber);
  command
      .add_option("--held-out", o.held_out,
                  "share of the articles to measure on (default: .01, if that is 200 passages)")
      ->check(CLI::Range(0.0, 0.5));
  command.add_option("--dev-every", o.dev_every, "steps between two measurements")
      ->check(CLI::PositiveNumber);
  command
      .add_option("--patience", o.patience,
                  "ict, crops: stop after so many measurements without a better one")
      ->check(CLI::PositiveNumber);
  command.add_option("--micro-batch-tokens", o.micro_batch_tokens, "in memory at a time")
      ->check(CLI::PositiveNumber);
  command.add_option("--checkpoint-every", o.checkpoint_every, "steps (default: ten minutes)")
      ->check(CLI::PositiveNumber);
  command.add_option("--json-log", o.json_log, "a second copy of OUT/log.jsonl")->type_name("FILE");
}

}  // namespace

void PretrainingOptions::AddTo(CLI::App& command) {
  AddStart(*this, command);
  AddLearning(*this, command);
}

int64_t PretrainingOptions::tokens() const {
  const double least = task == "mlm" ? 0 : 1;
  Refuse(!(token_count >= least && token_count <= 1e15),
         fmt::format("--tokens {} is no number of tokens", token_count));
  return std::llround(token_count);
}

PretrainingRequest PretrainingOptions::ToRequest() const {
  PretrainingRequest request;
  request.texts.assign(texts.begin(), texts.end());
  request.source.split = {words, overlap};
  request.source.skip_bad = skip_bad;
  if (held_out) {
    request.held_out = *held_out;
    request.fewest_held_out = 1;
  }
  const auto set = [](const std::string& said, std::optional<Path>& path) {
    if (!said.empty()) path = said;
  };
  set(model, request.model);
  set(config, request.config);
  set(vocabulary, request.vocabulary);
  set(json_log, request.log);
  request.pieces = pieces;
  request.seed = seed;
  request.out = out;
  request.checkpoint_every = checkpoint_every;
  return request;
}

LanguageModelSettings PretrainingOptions::LanguageModel() const {
  Refuse(batch || pooling || similarity || scale || two_encoders || patience,
         "--batch, --pooling, --similarity, --scale, --two-encoders and --patience are of --task "
         "ict and crops");
  LanguageModelSettings settings;
  settings.tokens = tokens();
  Set(batch_tokens, settings.batch_tokens);
  Set(max_length, settings.max_length);
  Set(rate, settings.rate);
  if (!rate && !model.empty()) settings.rate = 1e-4;  // what is learned already shall stay
  Set(warmup, settings.warmup);
  Set(dropout, settings.dropout);
  Set(dev_every, settings.evaluate_every);
  settings.seed = seed;
  settings.precision = TrainingPrecision(precision);
  settings.micro_batch_tokens = micro_batch_tokens;
  return settings;
}

CropSettings PretrainingOptions::Crops() const {
  CropSettings crops;
  crops.kind = task == "ict" ? CropSettings::Kind::kInverseCloze : CropSettings::Kind::kCrops;
  crops.seed = seed;
  return crops;
}

TrainingSettings PretrainingOptions::Contrastive() const {
  Refuse(batch_tokens.has_value(), "--batch-tokens is of --task mlm; ict and crops have --batch");
  TrainingSettings settings =
      ContrastiveSettings(model.empty() ? std::nullopt : std::optional<Path>(model));
  if (pooling) settings.pooling = ParsePooling(*pooling);
  if (similarity) settings.loss.similarity = ParseTrainingSimilarity(*similarity);
  Refuse(scale && settings.loss.similarity != TrainingSimilarity::kCosine,
         "--scale is of --similarity cosine");
  Set(scale, settings.loss.scale);
  if (two_encoders) settings.share = false;
  Set(batch, settings.batch);
  if (max_length) settings.max_length = *max_length;
  Set(rate, settings.rate);
  Set(warmup, settings.warmup);
  Set(dropout, settings.dropout);
  Set(dev_every, settings.dev_every);
  Set(patience, settings.patience);
  settings.seed = seed;
  settings.precision = TrainingPrecision(precision);
  settings.micro_batch_tokens = micro_batch_tokens;
  return settings;
}

}  // namespace dpr::cli
