// From a side of a retriever to what runs: tokenizer and BERT, and the hash of all they came from.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "dpr/base/checksum.h"
#include "dpr/bert/bert.h"
#include "dpr/bert/weights.h"
#include "dpr/encoder/description.h"
#include "dpr/encoder/tokenizer_files.h"
#include "dpr/text/wordpiece.h"

namespace dpr {

// The parameters of a side, views of mapped files where these hold f32, and its tokenizer's files.
struct SideWeights {
  BertWeights weights;
  TokenizerFiles tokenizer;
  Hasher content;  // was fed with the weights, every byte
};

// `dense`: the folder of a sentence-transformers Dense module, which becomes the projection.
SideWeights LoadWeights(const SideDescription& side, const std::optional<Path>& dense);

struct LoadedSide {
  std::shared_ptr<const WordPiece> tokenizer;
  std::shared_ptr<Bert> bert;  // not yet trainable
  std::string content_hash;    // of the weights and of the tokenizer's tables
};

// Its matrices in `precision` alone: trainable in f32 only.
LoadedSide LoadSide(const SideDescription& side, const std::optional<Path>& dense,
                    Precision precision = Precision::kF32);
// Of weights that are there already.
LoadedSide MakeSide(SideWeights loaded, Precision precision = Precision::kF32);

// Adds all of a tokenizer that vectors depend on.
void AddTokenizer(const WordPiece& tokenizer, Hasher& hasher);

}  // namespace dpr
