// What a folder says about the retriever in it, before weights are read. One reader per layout; see
// docs/design/encoders.md for the layouts and what each implies.
#pragma once

#include <optional>

#include "dpr/base/file.h"
#include "dpr/encoder/encoder.h"
#include "dpr/tensor/similarity.h"

namespace dpr {

// One side of a retriever. `folder` holds config.json, the weights and the tokenizer.
struct SideDescription {
  Path folder;
  EncoderSettings settings;  // max_length may still be above the position table
};

struct RetrieverDescription {
  SideDescription questions, passages;
  Similarity similarity = Similarity::kDot;
  std::optional<int64_t> projection;  // the size that vectors must have after projection; 0: none
  std::optional<Path> dense;          // folder of a sentence-transformers Dense module: W x + b
};

// Finds the layout. kNotFound when the folder holds none.
RetrieverDescription DescribeRetriever(const Path& folder);

// A folder with modules.json. kUnsupported, by name, for modules, pooling and similarities that dpr
// does not have.
RetrieverDescription DescribeSentenceTransformer(const Path& folder);

}  // namespace dpr
