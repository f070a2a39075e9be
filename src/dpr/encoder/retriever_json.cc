#include "dpr/encoder/retriever_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/bert/json.h"

namespace dpr {
namespace {

constexpr const char* kFormat = "dpr-retriever";
constexpr int64_t kVersion = 1;
constexpr int64_t kLongest = 1 << 20;

constexpr const char* kMembers[] = {
    "format",         "version",    "question_encoder",    "passage_encoder",    "pooling",
    "normalize",      "similarity", "question_max_length", "passage_max_length", "question_prompt",
    "passage_prompt", "title_join", "projection"};

[[noreturn]] void Refuse(const Json& json, const std::string& name, const std::string& problem) {
  throw Error(ErrorCode::kInvalid, fmt::format("`{}` {}", name, problem), json.where(),
              "docs/formats/retriever.md describes every member");
}

void RequireThisVersion(const Json& json) {
  if (json.String("format").value_or("") != kFormat) {
    throw Error(ErrorCode::kInvalid, fmt::format("`format` is not `{}`", kFormat), json.where(),
                kModelFileHint);
  }
  const int64_t version = json.Integer("version").value_or(0);
  if (version != kVersion) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("it is of version {}; this dpr reads version {}", version, kVersion),
                json.where(), "Use the dpr that wrote it, or train the retriever again");
  }
  for (const auto& [name, value] : json.Members()) {
    if (std::find(std::begin(kMembers), std::end(kMembers), name) == std::end(kMembers)) {
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("`{}` is no member that this dpr knows", name), json.where(),
                  "Check its spelling, or use the dpr that wrote it");
    }
  }
}

template <typename T>
T Require(const Json& json, const std::string& name, const std::optional<T>& value) {
  if (!value) Refuse(json, name, "is missing");
  return *value;
}

std::string Text(const Json& json, const std::string& name) {
  return Require(json, name, json.String(name));
}

int64_t Number(const Json& json, const std::string& name, int64_t least, int64_t most) {
  const int64_t value = Require(json, name, json.Integer(name));
  if (value < least || value > most) {
    Refuse(json, name, fmt::format("is {}, which is not between {} and {}", value, least, most));
  }
  return value;
}

// One of `values`, by its name.
template <typename T, typename NameOf>
T Choice(const Json& json, const std::string& name, std::initializer_list<T> values,
         NameOf name_of) {
  const std::string text = Text(json, name);
  std::string known;
  for (const T value : values) {
    if (name_of(value) == text) return value;
    known += (known.empty() ? "" : ", ") + name_of(value);
  }
  Refuse(json, name, fmt::format("is `{}`, none of {}", text, known));
}

// The name of a sub-folder, or "." for the folder itself: nothing outside of it.
std::string SubFolder(const Json& json, const std::string& name) {
  std::string text = Text(json, name);
  if (text.empty() || text == ".." || Path(text).filename() != text) {
    Refuse(json, name, fmt::format("is `{}`, not the name of a folder beside the file", text));
  }
  return text;
}

}  // namespace

std::string PoolingName(Pooling pooling) {
  switch (pooling) {
    case Pooling::kCls:
      return "cls";
    case Pooling::kMean:
      return "mean";
    case Pooling::kPooler:
      break;
  }
  return "pooler";
}

Pooling ParsePooling(std::string_view name) {
  for (const Pooling pooling : {Pooling::kCls, Pooling::kMean, Pooling::kPooler}) {
    if (PoolingName(pooling) == name) return pooling;
  }
  throw Error(ErrorCode::kUsage, fmt::format("`{}` is no way of pooling", name), {},
              "Choose cls, mean or pooler");
}

std::string TitleJoinName(TitleJoin join) { return join == TitleJoin::kPair ? "pair" : "space"; }

RetrieverJson ParseRetrieverJson(std::string_view text, const std::string& where) {
  const Json json = Json::Parse(text, where);
  RequireThisVersion(json);
  RetrieverJson read;
  read.question_encoder = SubFolder(json, "question_encoder");
  read.passage_encoder = SubFolder(json, "passage_encoder");
  read.pooling =
      Choice(json, "pooling", {Pooling::kCls, Pooling::kMean, Pooling::kPooler}, PoolingName);
  read.normalize = Require(json, "normalize", json.Boolean("normalize"));
  read.similarity = Choice(
      json, "similarity", {Similarity::kDot, Similarity::kCosine, Similarity::kL2}, SimilarityName);
  const auto length = [&](const char* name) {
    return static_cast<int>(Number(json, name, Encoder::kShortestMaxLength, kLongest));
  };
  read.question_max_length = length("question_max_length");
  read.passage_max_length = length("passage_max_length");
  read.question_prompt = Text(json, "question_prompt");
  read.passage_prompt = Text(json, "passage_prompt");
  read.title_join =
      Choice(json, "title_join", {TitleJoin::kPair, TitleJoin::kSpace}, TitleJoinName);
  read.projection = Number(json, "projection", 0, kLongest);
  return read;
}

RetrieverJson ReadRetrieverJson(const Path& folder) {
  const Path file = folder / kRetrieverJson;
  return ParseRetrieverJson(ReadFile(file, uint64_t{1} << 20), file.string());
}

std::string RetrieverJsonText(const RetrieverJson& retriever) {
  const nlohmann::ordered_json json = {
      {"format", kFormat},
      {"version", kVersion},
      {"question_encoder", retriever.question_encoder},
      {"passage_encoder", retriever.passage_encoder},
      {"pooling", PoolingName(retriever.pooling)},
      {"normalize", retriever.normalize},
      {"similarity", SimilarityName(retriever.similarity)},
      {"question_max_length", retriever.question_max_length},
      {"passage_max_length", retriever.passage_max_length},
      {"question_prompt", retriever.question_prompt},
      {"passage_prompt", retriever.passage_prompt},
      {"title_join", TitleJoinName(retriever.title_join)},
      {"projection", retriever.projection},
  };
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

void WriteRetrieverJson(const Path& folder, const RetrieverJson& retriever) {
  WriteFileAtomically(folder / kRetrieverJson, RetrieverJsonText(retriever));
}

RetrieverDescription RetrieverJson::Describe(const Path& folder) const {
  RetrieverDescription description;
  description.questions = {folder / question_encoder,
                           {pooling, normalize, question_max_length, question_prompt, title_join},
                           std::nullopt};
  description.passages = {folder / passage_encoder,
                          {pooling, normalize, passage_max_length, passage_prompt, title_join},
                          std::nullopt};
  description.similarity = similarity;
  description.projection = projection;
  return description;
}

}  // namespace dpr
