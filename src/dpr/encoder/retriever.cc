#include "dpr/encoder/retriever.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/bert/json.h"
#include "dpr/encoder/description.h"
#include "dpr/encoder/loading.h"
#include "dpr/encoder/retriever_json.h"

namespace dpr {
namespace {

void Apply(const RetrieverOptions& options, EncoderSettings& settings) {
  if (options.pooling) {
    settings.pooling = *options.pooling;
    settings.normalize = false;
  }
  if (options.normalize) settings.normalize = *options.normalize;
}

// What a model says is cut to its position table; what the user says is checked against it.
int MaxLength(const RetrieverOptions& options, const EncoderSettings& settings, int64_t positions,
              const Path& folder) {
  if (!options.max_length) {
    return static_cast<int>(std::min<int64_t>(settings.max_length, positions));
  }
  if (*options.max_length < Encoder::kShortestMaxLength || *options.max_length > positions) {
    throw Error(ErrorCode::kUsage,
                fmt::format("a maximum length of {} tokens; this model takes {} to {}",
                            *options.max_length, Encoder::kShortestMaxLength, positions),
                folder.string(), "Choose a length in this range");
  }
  return *options.max_length;
}

std::shared_ptr<const Encoder> MakeEncoder(const LoadedSide& side,
                                           const SideDescription& description,
                                           const RetrieverOptions& options) {
  EncoderSettings settings = description.settings;
  settings.max_length =
      MaxLength(options, settings, side.bert->config().positions, description.folder);
  try {
    return std::make_shared<const Encoder>(side.tokenizer, side.bert, settings);
  } catch (const Error& error) {  // the encoder knows no folder
    throw Error(error.code(), error.problem(), description.folder.string(), error.hint());
  }
}

void RequireSameDimensions(const RetrieverDescription& description, const Encoder& questions,
                           const Encoder& passages, const Path& folder) {
  if (questions.dimensions() != passages.dimensions()) {
    throw Error(ErrorCode::kMismatch,
                fmt::format("questions become vectors of {} dimensions, passages of {}",
                            questions.dimensions(), passages.dimensions()),
                folder.string(), "Do the two encoders belong together?");
  }
  const int64_t projection = passages.bert().has_projection() ? passages.dimensions() : 0;
  if (description.projection && *description.projection != projection) {
    throw Error(ErrorCode::kMismatch,
                fmt::format("retriever.json says `projection` {}, the passage encoder {}",
                            *description.projection, projection),
                folder.string(), "Do retriever.json and the encoders belong together?");
  }
}

std::string Fingerprint(const LoadedSide& side, const EncoderSettings& settings) {
  Hasher hasher;
  hasher.AddField("dpr encoder 1").AddField(side.content_hash);
  hasher.AddField(PoolingName(settings.pooling)).AddNumber(settings.normalize);
  hasher.AddNumber(static_cast<uint64_t>(settings.max_length)).AddField(settings.prompt);
  hasher.AddField(TitleJoinName(settings.title_join));
  return hasher.Hex();
}

}  // namespace

Retriever Retriever::Open(const Path& folder, const RetrieverOptions& options) {
  RetrieverDescription description = DescribeRetriever(folder, options.vocabulary);
  Apply(options, description.questions.settings);
  Apply(options, description.passages.settings);
  const auto load = [&](const SideDescription& side) {
    return LoadSide(side, description.dense, options.precision);
  };
  const LoadedSide passages = load(description.passages);
  const LoadedSide questions = description.is_shared() ? passages : load(description.questions);
  Retriever retriever;
  retriever.questions_ = MakeEncoder(questions, description.questions, options);
  retriever.passages_ = MakeEncoder(passages, description.passages, options);
  RequireSameDimensions(description, *retriever.questions_, *retriever.passages_, folder);
  retriever.similarity_ = description.similarity;
  // Of vectors of length 1 the cosine is the dot product, which is cheaper.
  if (retriever.similarity_ == Similarity::kCosine && description.passages.settings.normalize) {
    retriever.similarity_ = Similarity::kDot;
  }
  if (options.similarity) retriever.similarity_ = *options.similarity;
  retriever.folder_ = folder;
  retriever.options_ = options;
  if (options.vocabulary) {  // recorded, so it must lead there from any folder
    retriever.options_.vocabulary =
        std::filesystem::absolute(*options.vocabulary).lexically_normal();
  }
  retriever.f32_fingerprint_ = Fingerprint(passages, retriever.passages_->settings());
  return retriever;
}

Retriever Retriever::WithSimilarity(Similarity similarity) const {
  Retriever retriever = *this;
  retriever.similarity_ = similarity;
  retriever.options_.similarity = similarity;
  return retriever;
}

std::string Retriever::FingerprintIn(Precision precision) const {
  if (precision == Precision::kF32) return f32_fingerprint_;
  Hasher hasher;
  hasher.AddField(f32_fingerprint_).AddField(PrecisionName(precision));
  return hasher.Hex();
}

std::string Retriever::SettingsJson() const {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  if (options_.pooling) json["pooling"] = PoolingName(*options_.pooling);
  if (options_.normalize) json["normalize"] = *options_.normalize;
  if (options_.max_length) json["max_length"] = *options_.max_length;
  if (options_.vocabulary) json["vocab"] = options_.vocabulary->string();
  if (options_.similarity) json["similarity"] = SimilarityName(*options_.similarity);
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

RetrieverOptions RetrieverOptions::FromSettingsJson(const std::string& text) {
  constexpr const char* kWhere = "an encoder's settings";
  try {
    const Json json = Json::Parse(text, kWhere);
    RetrieverOptions options;
    for (const auto& [name, value] : json.Members()) {
      if (name == "pooling") {
        options.pooling = ParsePooling(value.AsString());
      } else if (name == "normalize") {
        options.normalize = json.Boolean(name);
      } else if (name == "max_length") {
        options.max_length = static_cast<int>(std::min<int64_t>(value.AsInteger(), INT32_MAX));
      } else if (name == "vocab") {
        options.vocabulary = value.AsString();
      } else if (name == "similarity") {
        options.similarity = ParseSimilarity(value.AsString());
      } else {
        throw Error(ErrorCode::kCorrupt, fmt::format("`{}` is no setting of an encoder", name),
                    kWhere, "Use the dpr that made the collection, or index the sources again");
      }
    }
    return options;
  } catch (const Error& error) {
    throw Error(ErrorCode::kCorrupt, error.problem(), error.where(), error.hint());
  }
}

}  // namespace dpr
