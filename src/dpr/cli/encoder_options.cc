#include "dpr/cli/encoder_options.h"

#include <CLI/CLI.hpp>

#include "dpr/base/error.h"

namespace dpr::cli {
namespace {

Pooling ParsePooling(const std::string& name) {
  if (name == "cls") return Pooling::kCls;
  if (name == "mean") return Pooling::kMean;
  return Pooling::kPooler;
}

}  // namespace

void AddVocabularyOption(CLI::App& command, std::string& vocabulary) {
  command
      .add_option("--vocab", vocabulary,
                  "for a checkpoint of DPR's (.cp): vocab.txt, or a folder with tokenizer files")
      ->type_name("FILE|DIR")
      ->group("Encoder");
}

void AddPrecisionOption(CLI::App& command, std::string& precision, const char* meant_otherwise) {
  command
      .add_option("--precision", precision,
                  std::string("of the encoder's products (default: ") + meant_otherwise + ")")
      ->check(CLI::IsMember({"f32", "bf16", "int8", "auto"}))
      ->type_name("P")
      ->group("Encoder");
}

std::optional<Precision> AskedPrecision(const std::string& precision) {
  if (precision.empty() || precision == "auto") return std::nullopt;
  return ParsePrecision(precision);
}

void EncoderOptions::AddTo(CLI::App& command, bool model_required, const char* default_precision) {
  command
      .add_option("--model", model,
                  "the encoder: folder of a retriever, sentence-transformers, DPR or BERT, or "
                  "DPR's checkpoint (.cp)")
      ->required(model_required)
      ->type_name("DIR|FILE")
      ->group("Encoder");
  AddSettingsTo(command);
  AddPrecisionOption(command, precision, default_precision);
}

void EncoderOptions::AddSettingsTo(CLI::App& command) {
  AddVocabularyOption(command, vocabulary);
  command.add_option("--pooling", pooling, "replaces what the model says, without normalisation")
      ->check(CLI::IsMember({"cls", "mean", "pooler"}))
      ->group("Encoder");
  command.add_flag("--normalize", normalize, "vectors of length 1")->group("Encoder");
  command.add_option("--max-length", max_length, "tokens kept of a text (default: the model's)")
      ->check(CLI::Range(3, 1 << 20))
      ->group("Encoder");
}

bool EncoderOptions::any_given() const { return !model.empty() || any_settings(); }

bool EncoderOptions::any_settings() const {
  return !pooling.empty() || !vocabulary.empty() || normalize || max_length > 0;
}

RetrieverOptions EncoderOptions::ToRetrieverOptions(Precision otherwise) const {
  RetrieverOptions options;
  options.precision = AskedPrecision(precision).value_or(otherwise);
  if (!pooling.empty()) options.pooling = ParsePooling(pooling);
  if (normalize) options.normalize = true;
  if (max_length > 0) options.max_length = max_length;
  if (!vocabulary.empty()) options.vocabulary = vocabulary;
  return options;
}

Retriever EncoderOptions::Open(Precision otherwise) const {
  return Retriever::Open(model, ToRetrieverOptions(otherwise));
}

}  // namespace dpr::cli
