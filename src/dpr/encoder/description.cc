#include "dpr/encoder/description.h"

#include "dpr/base/error.h"
#include "dpr/encoder/retriever_json.h"

namespace dpr {
namespace {

// DPR's two encoders; the second under either of its names.
std::optional<RetrieverDescription> DescribePair(const Path& folder) {
  const Path questions = folder / "question_encoder";
  if (!std::filesystem::is_directory(questions)) return std::nullopt;
  for (const char* name : {"ctx_encoder", "passage_encoder"}) {
    if (!std::filesystem::is_directory(folder / name)) continue;
    RetrieverDescription pair;
    pair.questions.folder = questions;
    pair.passages.folder = folder / name;
    return pair;
  }
  throw Error(ErrorCode::kNotFound, "there is question_encoder/, but no ctx_encoder/ beside it",
              folder.string(), "A DPR retriever needs both");
}

RetrieverDescription DescribePlainBert(const Path& folder) {
  RetrieverDescription plain;
  plain.questions.folder = plain.passages.folder = folder;
  return plain;
}

}  // namespace

RetrieverDescription DescribeRetriever(const Path& folder) {
  if (!std::filesystem::is_directory(folder)) {
    const bool exists = std::filesystem::exists(folder);
    throw Error(exists ? ErrorCode::kInvalid : ErrorCode::kNotFound,
                exists ? "it is a file, not a model's folder" : "there is no such folder",
                folder.string(), "Give the folder of an encoder");
  }
  if (std::filesystem::exists(folder / kRetrieverJson)) {
    return ReadRetrieverJson(folder).Describe(folder);
  }
  if (const auto pair = DescribePair(folder)) return *pair;
  if (std::filesystem::exists(folder / "modules.json")) return DescribeSentenceTransformer(folder);
  if (std::filesystem::exists(folder / "config.json")) return DescribePlainBert(folder);
  throw Error(ErrorCode::kNotFound,
              "no model is here: neither retriever.json, nor question_encoder/ and ctx_encoder/, "
              "nor modules.json, nor config.json",
              folder.string(),
              "Give the folder of a dpr, DPR, sentence-transformers or BERT model");
}

}  // namespace dpr
