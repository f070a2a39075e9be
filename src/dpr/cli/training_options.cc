#include "dpr/cli/training_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>

#include "dpr/base/error.h"
#include "dpr/cli/encoder_options.h"
#include "dpr/encoder/retriever_json.h"

namespace dpr::cli {
namespace {

void AddData(TrainingOptions& o, CLI::App& command) {
  command.add_option("data", o.data, "training examples: DPR's JSON, what `dpr mine` writes, ...")
      ->required()
      ->type_name("DATA");
  command.add_option("--model", o.model, "the encoder to start from")
      ->required()
      ->type_name("DIR|FILE");
  AddVocabularyOption(command, o.vocabulary);
  command
      .add_option("--corpus", o.corpus,
                  "JSONL of the passages, for DATA that only names them by id (Tevatron)")
      ->type_name("FILE");
  command.add_option("--preset", o.preset, "dpr-small (default) or dpr-nq, the paper's recipe");
  command
      .add_option("--sampling-rates", o.sampling_rates,
                  "of each DATA, the share of its examples in an epoch, e.g. 1,0.5")
      ->delimiter(',');
  command.add_option("--loss-weights", o.loss_weights, "of each DATA, its weight in the loss")
      ->delimiter(',');
}

void AddLoss(TrainingOptions& o, CLI::App& command) {
  command.add_option("--batch", o.batch, "questions in a batch")->check(CLI::Range(1, 1 << 20));
  command.add_option("--hard-negatives", o.hard_negatives, "of each question")
      ->check(CLI::Range(0, 1000));
  command.add_option("--other-negatives", o.other_negatives, "of each question")
      ->check(CLI::Range(0, 1000));
  command.add_flag("--no-in-batch", o.no_in_batch, "other questions' passages are no negatives");
  CLI::Option* keep =
      command.add_flag("--keep-false-negatives", o.keep_false_negatives,
                       "negatives may be a positive or hold an answer (default of dpr-nq)");
  command
      .add_flag("--mask-false-negatives", o.mask_false_negatives,
                "leave such negatives out (default of dpr-small)")
      ->excludes(keep);
  command.add_flag("--sample-positives", o.sample_positives,
                   "any of several positives, by chance (default: the first)");
  command.add_option("--similarity", o.similarity, "dot, cosine, l2 or l2-squared");
  command.add_option("--scale", o.scale, "of the cosine (default: 20)")->check(CLI::PositiveNumber);
  command.add_flag("--learn-scale", o.learn_scale, "learn the cosine's scale from there on");
  command.add_option("--loss", o.loss, "nll or triplet");
  command.add_option("--margin", o.margin, "of the triplet loss (default: 1)")
      ->check(CLI::NonNegativeNumber);
  command.add_flag("--hardest-only", o.hardest_only, "triplet: the hardest negative only");
}

void AddModel(TrainingOptions& o, CLI::App& command) {
  command.add_option("--pooling", o.pooling, "cls (default), mean or pooler");
  command.add_option("--max-length", o.max_length, "tokens of a text (default: the model's)")
      ->check(CLI::Range(3, 1 << 20));
  command
      .add_option("--projection", o.projection,
                  "a linear layer to so many numbers after the pooling (default: as the model has "
                  "it)")
      ->check(CLI::Range(1, 1 << 16));
  command.add_flag("--share", o.share, "one encoder for questions and passages");
  command.add_option("--freeze", o.freeze, "question or passage: that encoder stays as it is");
  command.add_option("--dropout", o.dropout, "probability")->check(CLI::Range(0.0, 0.99));
  command.add_option("--seed", o.seed, "of order, sampling and dropout")
      ->check(CLI::NonNegativeNumber);
  command
      .add_option("--precision", o.precision,
                  "of the matrix products: f32, bf16 or auto, the faster here (default: auto)")
      ->type_name("P");
  command
      .add_option("--micro-batch-tokens", o.micro_batch_tokens,
                  "tokens in memory at a time (default: what 2 GB hold)")
      ->check(CLI::PositiveNumber);
}

void AddRun(TrainingOptions& o, CLI::App& command) {
  CLI::Option* epochs =
      command.add_option("--epochs", o.epochs, "passes over the data")->check(CLI::PositiveNumber);
  command.add_option("--steps", o.steps, "batches, instead of epochs")
      ->check(CLI::PositiveNumber)
      ->excludes(epochs);
  command.add_option("--lr", o.rate, "the learning rate after warm-up")->check(CLI::PositiveNumber);
  command.add_option("--warmup", o.warmup, "steps, or below 1 a share of them")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--weight-decay", o.decay, "decoupled, of matrices")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--clip", o.clip, "the gradient's norm; 0: never")
      ->check(CLI::NonNegativeNumber);
  command.add_option("-o,--output", o.out, "the folder for the trained retriever")
      ->type_name("OUT");
  command.add_option("--dev", o.dev, "examples to choose the best by")->type_name("FILE");
  command.add_option("--dev-metric", o.dev_metric, "average-rank, nll or accuracy");
  command.add_option("--dev-every", o.dev_every, "steps (default: an epoch)")
      ->check(CLI::PositiveNumber);
  command
      .add_option("--patience", o.patience, "stop after so many dev figures without a better one")
      ->check(CLI::PositiveNumber);
  command.add_option("--checkpoint-every", o.checkpoint_every, "steps (default: ten minutes)")
      ->check(CLI::PositiveNumber);
  command.add_option("--json-log", o.json_log, "a second copy of OUT/log.jsonl")->type_name("FILE");
}

void RequireFinite(const TrainingOptions& o) {
  const auto require = [](const std::optional<double>& value, const char* name) {
    if (value && !std::isfinite(*value)) {
      throw Error(ErrorCode::kUsage, fmt::format("{} must be a number, not {}", name, *value));
    }
  };
  require(o.epochs, "--epochs");
  require(o.rate, "--lr");
  require(o.warmup, "--warmup");
  require(o.decay, "--weight-decay");
  require(o.clip, "--clip");
  require(o.scale, "--scale");
  require(o.margin, "--margin");
  for (const double rate : o.sampling_rates) require(rate, "--sampling-rates");
  for (const double weight : o.loss_weights) require(weight, "--loss-weights");
  if (o.epochs && *o.epochs > 1e6) {
    throw Error(ErrorCode::kUsage, "--epochs is more than a million");
  }
}

std::vector<TrainingFile> InputsOf(const TrainingOptions& o) {
  const auto require = [&](const std::vector<double>& values, const char* name) {
    if (values.empty() || values.size() == o.data.size()) return;
    throw Error(ErrorCode::kUsage,
                fmt::format("{} has {} numbers for {} sets", name, values.size(), o.data.size()),
                {}, "Give one for each DATA, in their order");
  };
  require(o.sampling_rates, "--sampling-rates");
  require(o.loss_weights, "--loss-weights");
  std::vector<TrainingFile> inputs;
  for (size_t i = 0; i < o.data.size(); ++i) {
    TrainingFile input{o.data[i]};
    if (!o.sampling_rates.empty()) input.sampling_rate = o.sampling_rates[i];
    if (!o.loss_weights.empty()) input.loss_weight = o.loss_weights[i];
    if (input.sampling_rate <= 0 || input.loss_weight <= 0) {
      throw Error(ErrorCode::kUsage, "a sampling rate or a loss weight is not above 0", o.data[i]);
    }
    inputs.push_back(input);
  }
  return inputs;
}

template <typename T>
void Set(const std::optional<T>& said, T& setting) {
  if (said) setting = *said;
}

void RequireUsed(const TrainingSettings& settings, const TrainingOptions& o) {
  const bool cosine = settings.loss.similarity == TrainingSimilarity::kCosine;
  const bool triplet = settings.loss.loss == LossKind::kTriplet;
  const char* unused = (o.scale || o.learn_scale) && !cosine ? "--scale is of --similarity cosine"
                       : (o.margin || o.hardest_only) && !triplet ? "--margin is of --loss triplet"
                       : (o.patience || o.dev_every || o.dev_metric) && o.dev.empty()
                           ? "--patience, --dev-every and --dev-metric need --dev"
                       : o.share && o.freeze ? "--freeze would leave nothing to learn with --share"
                                             : nullptr;
  if (unused != nullptr) throw Error(ErrorCode::kUsage, unused);
}

TrainingSettings SettingsOf(const TrainingOptions& o) {
  TrainingSettings settings = PresetSettings(o.preset);
  Set(o.epochs, settings.epochs);
  Set(o.steps, settings.steps);
  Set(o.batch, settings.batch);
  Set(o.hard_negatives, settings.hard_negatives);
  Set(o.other_negatives, settings.other_negatives);
  settings.in_batch = !o.no_in_batch;
  if (o.mask_false_negatives) settings.mask_false_negatives = true;
  if (o.keep_false_negatives) settings.mask_false_negatives = false;
  settings.sample_positives = o.sample_positives;
  if (o.similarity) settings.loss.similarity = ParseTrainingSimilarity(*o.similarity);
  if (o.loss) settings.loss.loss = ParseLossKind(*o.loss);
  Set(o.scale, settings.loss.scale);
  Set(o.margin, settings.loss.margin);
  settings.loss.learn_scale = o.learn_scale;
  settings.loss.hardest_only = o.hardest_only;
  if (o.pooling) settings.pooling = ParsePooling(*o.pooling);
  settings.projection = o.projection;
  settings.share = o.share;
  settings.precision = TrainingPrecision(o.precision);
  settings.max_length = o.max_length.value_or(0);
  settings.micro_batch_tokens = o.micro_batch_tokens;
  if (o.freeze) settings.frozen = ParseFrozen(*o.freeze);
  Set(o.dropout, settings.dropout);
  Set(o.rate, settings.rate);
  Set(o.warmup, settings.warmup);
  Set(o.decay, settings.optimizer.decay);
  Set(o.clip, settings.optimizer.clip);
  Set(o.seed, settings.seed);
  if (o.dev_metric) {
    settings.dev_metric = ParseDevMetric(*o.dev_metric);
    settings.average_rank_from_epoch = -1;
  }
  Set(o.dev_every, settings.dev_every);
  Set(o.patience, settings.patience);
  RequireUsed(settings, o);
  return settings;
}

}  // namespace

Precision TrainingPrecision(const std::string& name) {
  if (name == "auto") return FastestPrecision().precision;
  const Precision precision = ParsePrecision(name);
  if (precision != Precision::kInt8) return precision;
  throw Error(ErrorCode::kUnsupported, "training in int8 is not possible: gradients need more bits",
              "--precision", "Choose f32, bf16 or auto; what was trained can be used in int8");
}

void TrainingOptions::AddTo(CLI::App& command, bool runs) {
  AddData(*this, command);
  AddLoss(*this, command);
  AddModel(*this, command);
  if (runs) AddRun(*this, command);
}

TrainingRequest TrainingOptions::ToRequest() const {
  RequireFinite(*this);
  TrainingRequest request;
  request.data = InputsOf(*this);
  if (!dev.empty()) request.dev = dev;
  request.model = model;
  if (!vocabulary.empty()) request.vocabulary = vocabulary;
  if (!corpus.empty()) request.corpus = corpus;
  request.out = out;
  request.settings = SettingsOf(*this);
  request.needs_hard_negatives = hard_negatives.has_value();
  request.checkpoint_every = checkpoint_every;
  if (!json_log.empty()) request.log = json_log;
  return request;
}

}  // namespace dpr::cli
