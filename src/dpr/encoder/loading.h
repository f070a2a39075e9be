// From a side's folder to what runs: tokenizer and BERT, and the hash of all they came from.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "dpr/bert/bert.h"
#include "dpr/encoder/description.h"
#include "dpr/text/wordpiece.h"

namespace dpr {

struct LoadedSide {
  std::shared_ptr<const WordPiece> tokenizer;
  std::shared_ptr<Bert> bert;  // not yet trainable
  std::string content_hash;    // of the weights' files, every byte, and of the tokenizer's tables
};

// `dense`: the folder of a sentence-transformers Dense module, which becomes the projection.
LoadedSide LoadSide(const Path& folder, const std::optional<Path>& dense);

}  // namespace dpr
