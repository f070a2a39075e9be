// Writes a retriever's folder, which dpr reads back to the same vectors and of which each encoder
// loads with `transformers`: docs/formats/retriever.md
#pragma once

#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/bert/config.h"
#include "dpr/bert/safetensors.h"
#include "dpr/bert/weights.h"
#include "dpr/encoder/retriever_json.h"
#include "dpr/encoder/tokenizer_files.h"

namespace dpr {

// An encoder on its way into a folder. Does not own its values.
struct EncoderToWrite {
  BertConfig config;
  std::vector<NamedTensor> tensors;  // named as in BertWeights::Slots()
  TokenizerFiles tokenizer;

  // `weights` must outlive it.
  static EncoderToWrite Of(const BertWeights& weights, const TokenizerFiles& tokenizer);
};

// config.json, the tokenizer's files and model.safetensors into `folder`, which is made where it is
// missing. Tensors of the pooler only where `with_pooler`: `transformers` expects none in a DPR
// encoder.
void WriteEncoder(const Path& folder, const EncoderToWrite& encoder, BertArchitecture architecture,
                  bool with_pooler);

// The two encoders, in the sub-folders that `retriever` names, as DPRQuestionEncoder and
// DPRContextEncoder; where it names the same for both, `questions` alone, as DPRQuestionEncoder.
// They are written beside an older retriever, which stays until they are whole; then renames take
// its place, retriever.json last. A kill among these leaves a folder that is refused; call it again
// after one. The member `projection` of `retriever` is taken from the encoders, and lengths are cut
// to their position tables.
void WriteRetriever(const Path& folder, const EncoderToWrite& questions,
                    const EncoderToWrite& passages, const RetrieverJson& retriever);

}  // namespace dpr
