// retriever.json, which makes a folder a retriever of dpr: everything that Hugging Face's files
// cannot say. Written last, so that a folder with it is complete. docs/formats/retriever.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dpr/base/file.h"
#include "dpr/encoder/description.h"

namespace dpr {

inline constexpr const char* kRetrieverJson = "retriever.json";
// Beside it while one is being written: the new retriever, and what it replaces.
inline constexpr const char* kWriting = "writing";
inline constexpr const char* kReplaced = "replaced";

// Its members, with their defaults: DPR's.
struct RetrieverJson {
  std::string question_encoder = "question_encoder";  // sub-folders; "." is the folder itself
  std::string passage_encoder = "ctx_encoder";        // the same name twice: one shared encoder
  Pooling pooling = Pooling::kCls;
  bool normalize = false;
  Similarity similarity = Similarity::kDot;
  int question_max_length = 256;
  int passage_max_length = 256;
  std::string question_prompt;
  std::string passage_prompt;
  TitleJoin title_join = TitleJoin::kPair;
  int64_t projection = 0;  // size of the vectors after DPR's projection; 0: none

  RetrieverDescription Describe(const Path& folder) const;
};

// kInvalid, naming the member, for a value out of range; kUnsupported for another version or a
// member of a later one.
RetrieverJson ParseRetrieverJson(std::string_view text, const std::string& where);
RetrieverJson ReadRetrieverJson(const Path& folder);
std::string RetrieverJsonText(const RetrieverJson& retriever);
void WriteRetrieverJson(const Path& folder, const RetrieverJson& retriever);

std::string PoolingName(Pooling pooling);     // "cls", "mean", "pooler"
Pooling ParsePooling(std::string_view name);  // kUsage for any other name
std::string TitleJoinName(TitleJoin join);    // "pair", "space"

}  // namespace dpr
