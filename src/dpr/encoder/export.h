// Any model that dpr reads, written in a layout that other programs read.
#pragma once

#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/encoder/retriever.h"

namespace dpr {

enum class ExportFormat {
  kDpr,                   // DPR's pair in Hugging Face's layout, with retriever.json
  kSentenceTransformers,  // of a model whose two encoders are one
};

// Writes `model`, opened with `options`, as the new folder `out`, which appears whole or not at
// all. Returns what the layout cannot express, a sentence each, for the user to know. kUnsupported
// when what it cannot express changes the vectors: two encoders, or the tanh pooler, as
// sentence-transformers.
std::vector<std::string> ExportRetriever(const Path& model, const RetrieverOptions& options,
                                         ExportFormat format, const Path& out);

}  // namespace dpr
