// The options that choose an encoder, the same in every command that takes one.
#pragma once

#include <optional>
#include <string>

#include "dpr/encoder/retriever.h"

namespace CLI {
class App;
}

namespace dpr::cli {

// --precision, `meant_otherwise` when it is not given; empty then.
void AddPrecisionOption(CLI::App& command, std::string& precision, const char* meant_otherwise);
// What was asked for, checked; nothing for "auto" and for nothing.
std::optional<Precision> AskedPrecision(const std::string& precision);
// --vocab, which goes with every --model.
void AddVocabularyOption(CLI::App& command, std::string& vocabulary);

struct EncoderOptions {
  std::string model;
  std::string pooling;
  std::string precision;  // empty: the fastest, or that of the collection
  bool normalize = false;
  int max_length = 0;
  std::string vocabulary;

  // Adds --model (required where `model_required`), --precision, and:
  void AddTo(CLI::App& command, bool model_required,
             const char* default_precision = "auto: bf16 where the CPU has it, else f32");
  // --vocab, --pooling, --normalize, --max-length.
  void AddSettingsTo(CLI::App& command);
  bool any_given() const;
  bool any_settings() const;  // of those that AddSettingsTo adds
  // Without a precision `otherwise` decides. kUnsupported for one that this CPU does not have.
  RetrieverOptions ToRetrieverOptions(Precision otherwise = FastestPrecision().precision) const;
  Retriever Open(Precision otherwise = FastestPrecision().precision) const;
};

}  // namespace dpr::cli
