// The options that choose an encoder, the same in every command that takes one.
#pragma once

#include <string>

#include "dpr/encoder/retriever.h"

namespace CLI {
class App;
}

namespace dpr::cli {

// --vocab, which goes with every --model.
void AddVocabularyOption(CLI::App& command, std::string& vocabulary);

struct EncoderOptions {
  std::string model;
  std::string pooling;
  std::string precision = "auto";
  bool normalize = false;
  int max_length = 0;
  std::string vocabulary;

  // Adds --model (required where `model_required`), --precision, and:
  void AddTo(CLI::App& command, bool model_required);
  // --vocab, --pooling, --normalize, --max-length.
  void AddSettingsTo(CLI::App& command);
  bool any_given() const;
  RetrieverOptions ToRetrieverOptions() const;  // throws kUnsupported for a precision we cannot do
  Retriever Open() const;
};

}  // namespace dpr::cli
