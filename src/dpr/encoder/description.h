// What a folder, or a checkpoint of DPR's, says about the retriever in it, before weights are read.
// One reader per layout; see docs/design/encoders.md for the layouts and what each implies.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "dpr/base/file.h"
#include "dpr/bert/dpr_checkpoint.h"
#include "dpr/encoder/encoder.h"
#include "dpr/encoder/tokenizer_files.h"
#include "dpr/tensor/similarity.h"

namespace dpr {

// One of the two encoders in a checkpoint of DPR's, which both sides share.
struct CheckpointSide {
  std::shared_ptr<const DprCheckpoint> checkpoint;
  std::string prefix;  // of its tensors
  TokenizerFiles tokenizer;
};

// One side of a retriever. `folder` holds config.json, the weights and the tokenizer; or is the
// file of `checkpoint`.
struct SideDescription {
  Path folder;
  EncoderSettings settings;  // max_length may still be above the position table
  std::optional<CheckpointSide> checkpoint = std::nullopt;

  TokenizerFiles tokenizer() const {
    return checkpoint ? checkpoint->tokenizer : TokenizerFiles{folder};
  }
};

struct RetrieverDescription {
  SideDescription questions, passages;
  Similarity similarity = Similarity::kDot;
  std::optional<int64_t> projection;  // the size that vectors must have after projection; 0: none
  std::optional<Path> dense;          // folder of a sentence-transformers Dense module: W x + b

  bool is_shared() const {  // one encoder for both sides
    return !questions.checkpoint && questions.folder == passages.folder;
  }
};

// Finds the layout. kNotFound when the folder holds none. `vocabulary` is for checkpoints, which
// have none: vocab.txt, or a folder with tokenizer files; kUsage when it is missing there, or given
// for a folder.
RetrieverDescription DescribeRetriever(const Path& path,
                                       const std::optional<Path>& vocabulary = std::nullopt);

// Does the folder's log.jsonl begin as that of `dpr train` does (docs/formats/training-log.md), as
// far as a kill let it come?
bool IsTrainingRun(const Path& folder);

// DPR's: [CLS], dot, a pair of title and text, the length of encoder_params or 256.
RetrieverDescription DescribeCheckpoint(const Path& file, const std::optional<Path>& vocabulary);

// A folder with modules.json. kUnsupported, by name, for modules, pooling and similarities that dpr
// does not have.
RetrieverDescription DescribeSentenceTransformer(const Path& folder);

}  // namespace dpr
