#include "dpr/bert/config.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "dpr/base/error.h"
#include "dpr/bert/json.h"

namespace dpr {
namespace {

constexpr const char* kOnlyBert =
    "dpr runs BERT encoders: model_type `bert`, or `dpr` for DPR's question and passage encoders";

void RefuseOtherArchitectures(const Json& json) {
  const std::string type = json.String("model_type").value_or("");
  if (!type.empty() && type != "bert" && type != "dpr") {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("the model is of the architecture `{}`, not BERT", type), json.where(),
                kOnlyBert);
  }
  const auto architectures = json.Member("architectures");
  if (type.empty() && !architectures) {
    throw Error(ErrorCode::kInvalid, "neither `model_type` nor `architectures` is given",
                json.where(), kOnlyBert);
  }
  if (!architectures) return;
  for (const Json& element : architectures->Elements()) {
    const std::string name = element.AsString();
    const bool encoder =
        name.starts_with("Bert") || name == "DPRQuestionEncoder" || name == "DPRContextEncoder";
    if (!encoder) {
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("the model is a `{}`, not a BERT encoder", name), json.where(),
                  kOnlyBert);
    }
  }
}

void RefuseVariants(const Json& json) {
  const auto refuse_unless = [&](const char* name, const std::string& value) {
    const std::string found = json.String(name).value_or(value);
    if (found == value) return;
    throw Error(ErrorCode::kUnsupported,
                fmt::format("`{}` is `{}`; dpr knows only `{}`", name, found, value), json.where(),
                fmt::format("Use a model whose `{}` is `{}`, as BERT's is", name, value));
  };
  refuse_unless("hidden_act", "gelu");
  refuse_unless("position_embedding_type", "absolute");
  for (const char* flag : {"is_decoder", "add_cross_attention"}) {
    if (json.Boolean(flag).value_or(false)) {
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("`{}` is true: the model is a decoder, not an encoder", flag),
                  json.where(), kOnlyBert);
    }
  }
}

// The largest BERT in use has 24 layers of 1,024; these limits are far above it and keep every
// product of two sizes within reach.
int64_t Size(const Json& json, const char* name, int64_t most) {
  const auto value = json.Integer(name);
  if (!value) {
    throw Error(ErrorCode::kInvalid, fmt::format("`{}` is missing", name), json.where(), kOnlyBert);
  }
  if (*value < 1 || *value > most) {
    throw Error(ErrorCode::kInvalid,
                fmt::format("`{}` is {}, which is not between 1 and {}", name, *value, most),
                json.where(), kModelFileHint);
  }
  return *value;
}

}  // namespace

BertConfig BertConfig::Read(const Path& file) {
  return Parse(ReadFile(file, uint64_t{1} << 20), file.string());
}

BertConfig BertConfig::Parse(std::string_view text, const std::string& where) {
  const Json json = Json::Parse(text, where);
  RefuseOtherArchitectures(json);
  RefuseVariants(json);
  BertConfig config;
  config.vocabulary = Size(json, "vocab_size", 1 << 23);
  config.hidden = Size(json, "hidden_size", 1 << 14);
  config.layers = Size(json, "num_hidden_layers", 1 << 10);
  config.heads = Size(json, "num_attention_heads", 1 << 10);
  config.intermediate = Size(json, "intermediate_size", 1 << 17);
  config.positions = Size(json, "max_position_embeddings", 1 << 15);
  config.segments = Size(json, "type_vocab_size", 1 << 10);
  if (config.hidden % config.heads != 0) {
    throw Error(ErrorCode::kInvalid,
                fmt::format("`hidden_size` is {}, which {} attention heads cannot share evenly",
                            config.hidden, config.heads),
                where, kModelFileHint);
  }
  config.projection = json.Integer("projection_dim").value_or(0);
  if (config.projection != 0) config.projection = Size(json, "projection_dim", 1 << 16);
  const double epsilon = json.Number("layer_norm_eps").value_or(1e-12);
  if (!(epsilon > 0 && epsilon < 1)) {
    throw Error(ErrorCode::kInvalid,
                fmt::format("`layer_norm_eps` is {}, which is not between 0 and 1", epsilon), where,
                kModelFileHint);
  }
  config.layer_norm_epsilon = static_cast<float>(epsilon);
  return config;
}

std::string BertConfig::ToJson(BertArchitecture architecture) const {
  constexpr const char* kNames[] = {"BertModel", "BertForPreTraining", "DPRQuestionEncoder",
                                    "DPRContextEncoder"};
  const bool is_dpr = architecture == BertArchitecture::kDprQuestionEncoder ||
                      architecture == BertArchitecture::kDprContextEncoder;
  nlohmann::ordered_json json;
  json["architectures"] = {kNames[static_cast<int>(architecture)]};
  json["model_type"] = is_dpr ? "dpr" : "bert";
  json["attention_probs_dropout_prob"] = 0.1;
  json["hidden_act"] = "gelu";
  json["hidden_dropout_prob"] = 0.1;
  json["hidden_size"] = hidden;
  json["initializer_range"] = 0.02;
  json["intermediate_size"] = intermediate;
  // The shortest decimal of the float, not the float's digits as a double.
  json["layer_norm_eps"] = nlohmann::json::parse(fmt::format("{}", layer_norm_epsilon));
  json["max_position_embeddings"] = positions;
  json["num_attention_heads"] = heads;
  json["num_hidden_layers"] = layers;
  json["pad_token_id"] = 0;
  json["position_embedding_type"] = "absolute";
  if (is_dpr) json["projection_dim"] = projection;
  json["torch_dtype"] = "float32";
  json["type_vocab_size"] = segments;
  json["vocab_size"] = vocabulary;
  return json.dump(2) + "\n";
}

}  // namespace dpr
