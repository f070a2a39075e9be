// A retriever to be trained: the two encoders with parameters of their own, and what is written
// beside them when they have learned.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "dpr/base/file.h"
#include "dpr/bert/bert.h"
#include "dpr/encoder/encoder.h"
#include "dpr/encoder/tokenizer_files.h"
#include "dpr/tensor/similarity.h"

namespace dpr {

struct TrainableSide {
  std::shared_ptr<Bert> bert;
  std::shared_ptr<const Encoder> encoder;  // over the same BERT: sees what it has learned
  TokenizerFiles tokenizer;
};

struct TrainableRetriever {
  TrainableSide questions, passages;  // the same encoder twice when it is shared
  std::string content_hash;           // of what it starts from
  bool random = false;                // the folder has no weights: nothing is learned yet

  bool shared() const { return questions.bert == passages.bert; }
};

struct TrainableOptions {
  Pooling pooling = Pooling::kCls;
  std::optional<int> max_length;
  bool share = false;
  uint64_t seed = 0;                              // of random weights
  int64_t projection = 0;                         // numbers in a vector; 0: as the model has it
  std::optional<Path> vocabulary = std::nullopt;  // for a checkpoint of DPR's
};

// Any model that Retriever::Open takes, whose normalisation is not kept; or a folder with
// config.json and a tokenizer but no weights. A projection that the model lacks begins at random.
// kUsage when two different encoders are to be shared, or the model projects to another size.
TrainableRetriever OpenTrainable(const Path& folder, const TrainableOptions& options);

// The folder of a retriever with the encoders as they are now, as RetrieverWriter does; memory is
// taken for one of them at a time. Both must have been made trainable.
void WriteTrained(const TrainableRetriever& retriever, Similarity similarity, const Path& folder);

}  // namespace dpr
