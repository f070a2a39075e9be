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
  std::vector<NamedTensor> tensors;  // named as in BertWeights::Slots(); of pretraining, its heads'
  TokenizerFiles tokenizer;

  // `weights` must outlive it.
  static EncoderToWrite Of(const BertWeights& weights, const TokenizerFiles& tokenizer);
};

// The tokenizer's files, model.safetensors and config.json into `folder`, in this order; it is made
// where it is missing. Tensors of the pooler only where `with_pooler`: `transformers` expects none
// in a DPR encoder.
void WriteEncoder(const Path& folder, const EncoderToWrite& encoder, BertArchitecture architecture,
                  bool with_pooler);

// Writes a retriever into its folder, one side after the other, so that no caller has to hold both.
//
// The new one is completed in FOLDER/writing/ while an older one stays as it is. Commit() then puts
// it in place by renames: a kill before them leaves the old one, a kill after them the new one; a
// kill among them leaves no retriever.json but writing/retriever.json, by which DescribeRetriever
// refuses the folder and the next RetrieverWriter ends the exchange first. Without Commit() nothing
// is left behind. For one process at a time; after an error it is only to be destroyed.
class RetrieverWriter {
 public:
  RetrieverWriter(const Path& folder, const RetrieverJson& retriever);
  ~RetrieverWriter();
  RetrieverWriter(const RetrieverWriter&) = delete;
  RetrieverWriter& operator=(const RetrieverWriter&) = delete;

  // The sub-folders that `retriever` names, as a DPRQuestionEncoder and a DPRContextEncoder; where
  // it names the same for both, the questions' alone. The member `projection` of what is written is
  // the encoders', and lengths are cut to their position tables.
  void WriteQuestions(const EncoderToWrite& encoder);
  void WritePassages(const EncoderToWrite& encoder);
  void Commit();

 private:
  void WriteSide(const std::string& name, const EncoderToWrite& encoder,
                 BertArchitecture architecture);

  Path folder_, writing_;
  RetrieverJson retriever_;
  bool shared_;
  int sides_ = 0;
};

// The same at once. `passages` is not used where both sides have one name.
void WriteRetriever(const Path& folder, const EncoderToWrite& questions,
                    const EncoderToWrite& passages, const RetrieverJson& retriever);

}  // namespace dpr
