// The options that choose an encoder, the same in every command that takes one.
#pragma once

#include <string>

#include "dpr/encoder/retriever.h"

namespace CLI {
class App;
}

namespace dpr::cli {

struct EncoderOptions {
  std::string model;
  std::string pooling;
  std::string precision = "auto";
  bool normalize = false;
  int max_length = 0;

  // Adds --model (required where `model_required`), --pooling, --normalize, --max-length,
  // --precision.
  void AddTo(CLI::App& command, bool model_required);
  bool any_given() const;
  RetrieverOptions ToRetrieverOptions() const;  // throws kUnsupported for a precision we cannot do
  Retriever Open() const;
};

}  // namespace dpr::cli
