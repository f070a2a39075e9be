#include "dpr/bert/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "dpr/base/error.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;

nlohmann::json Valid() {
  return {{"model_type", "bert"},      {"architectures", {"BertModel"}},
          {"hidden_act", "gelu"},      {"position_embedding_type", "absolute"},
          {"vocab_size", 30522},       {"hidden_size", 384},
          {"num_hidden_layers", 6},    {"num_attention_heads", 12},
          {"intermediate_size", 1536}, {"max_position_embeddings", 512},
          {"type_vocab_size", 2},      {"layer_norm_eps", 1e-12}};
}

struct Refusal {
  ErrorCode code;
  std::string what;
};

Refusal Refused(const nlohmann::json& json) {
  try {
    BertConfig::Parse(json.dump(), "config.json");
  } catch (const Error& error) {
    return {error.code(), error.what()};
  }
  return {ErrorCode::kIo, "accepted"};
}

Refusal RefusedWith(const std::string& name, const nlohmann::json& value) {
  nlohmann::json json = Valid();
  json[name] = value;
  return Refused(json);
}

TEST(BertConfig, ReadsTheSizes) {
  const BertConfig config = BertConfig::Parse(Valid().dump(), "config.json");
  EXPECT_EQ(config.vocabulary, 30522);
  EXPECT_EQ(config.hidden, 384);
  EXPECT_EQ(config.layers, 6);
  EXPECT_EQ(config.heads, 12);
  EXPECT_EQ(config.head_size(), 32);
  EXPECT_EQ(config.intermediate, 1536);
  EXPECT_EQ(config.positions, 512);
  EXPECT_EQ(config.segments, 2);
  EXPECT_EQ(config.projection, 0);
  EXPECT_FLOAT_EQ(config.layer_norm_epsilon, 1e-12f);
}

TEST(BertConfig, ReadsDprWithItsProjection) {
  nlohmann::json json = Valid();
  json["model_type"] = "dpr";
  json["architectures"] = {"DPRQuestionEncoder"};
  json["projection_dim"] = 128;
  EXPECT_EQ(BertConfig::Parse(json.dump(), "config.json").projection, 128);
}

TEST(BertConfig, AcceptsOldConfigsWithoutModelType) {
  nlohmann::json json = Valid();
  json.erase("model_type");
  json["architectures"] = {"BertForMaskedLM"};
  EXPECT_NO_THROW(BertConfig::Parse(json.dump(), "config.json"));
}

TEST(BertConfig, RefusesOtherArchitecturesByName) {
  for (const char* type : {"roberta", "distilbert", "xlm-roberta", "mpnet", "albert"}) {
    const Refusal refusal = RefusedWith("model_type", type);
    EXPECT_EQ(refusal.code, ErrorCode::kUnsupported);
    EXPECT_THAT(refusal.what, HasSubstr(std::string("`") + type + "`"));
  }
  EXPECT_THAT(RefusedWith("architectures", {"RobertaModel"}).what, HasSubstr("`RobertaModel`"));
  EXPECT_THAT(RefusedWith("architectures", {"DPRReader"}).what, HasSubstr("`DPRReader`"));
}

TEST(BertConfig, RefusesVariantsByName) {
  EXPECT_THAT(RefusedWith("hidden_act", "relu").what,
              AllOf(HasSubstr("`hidden_act` is `relu`"), HasSubstr("Use a model whose")));
  EXPECT_EQ(RefusedWith("hidden_act", "gelu_new").code, ErrorCode::kUnsupported);
  EXPECT_THAT(RefusedWith("position_embedding_type", "relative_key").what,
              HasSubstr("`relative_key`"));
  EXPECT_THAT(RefusedWith("is_decoder", true).what, HasSubstr("decoder"));
}

TEST(BertConfig, RefusesSizesThatMakeNoBert) {
  for (const char* name : {"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
                           "intermediate_size", "max_position_embeddings", "type_vocab_size"}) {
    EXPECT_THAT(RefusedWith(name, 0).what, HasSubstr(name));
    EXPECT_THAT(RefusedWith(name, -12).what, HasSubstr("-12"));
    EXPECT_THAT(RefusedWith(name, int64_t{1} << 40).what, HasSubstr("not between"));
    EXPECT_THAT(RefusedWith(name, 1.5).what, HasSubstr("whole number"));
    EXPECT_THAT(RefusedWith(name, nullptr).what, HasSubstr("missing"));
    EXPECT_EQ(RefusedWith(name, 0).code, ErrorCode::kInvalid);
  }
  EXPECT_THAT(RefusedWith("num_attention_heads", 7).what, HasSubstr("384, which 7"));
  EXPECT_THAT(RefusedWith("projection_dim", -1).what, HasSubstr("projection_dim"));
  EXPECT_THAT(RefusedWith("layer_norm_eps", 0).what, HasSubstr("layer_norm_eps"));
  EXPECT_THAT(RefusedWith("layer_norm_eps", -1e-12).what, HasSubstr("layer_norm_eps"));
}

TEST(BertConfig, RefusesAnotherKindOfDocument) {
  EXPECT_THAT(Refused(nlohmann::json::array()).what, HasSubstr("object"));
  EXPECT_THAT(Refused(nlohmann::json::object()).what, HasSubstr("model_type"));
}

TEST(BertConfig, ReadsWhatItWrites) {
  BertConfig config;
  config.vocabulary = 97;
  config.hidden = 24;
  config.layers = 3;
  config.heads = 4;
  config.intermediate = 56;
  config.positions = 64;
  config.segments = 2;
  config.projection = 8;
  for (const float epsilon : {1e-12f, 1e-5f, 0.3f}) {
    config.layer_norm_epsilon = epsilon;
    for (const auto architecture : {BertArchitecture::kBert, BertArchitecture::kDprQuestionEncoder,
                                    BertArchitecture::kDprContextEncoder}) {
      const BertConfig read = BertConfig::Parse(config.ToJson(architecture), "config.json");
      EXPECT_EQ(read.vocabulary, 97);
      EXPECT_EQ(read.hidden, 24);
      EXPECT_EQ(read.layers, 3);
      EXPECT_EQ(read.heads, 4);
      EXPECT_EQ(read.intermediate, 56);
      EXPECT_EQ(read.positions, 64);
      EXPECT_EQ(read.segments, 2);
      EXPECT_EQ(read.projection, architecture == BertArchitecture::kBert ? 0 : 8);
      EXPECT_EQ(read.layer_norm_epsilon, epsilon);
    }
  }
}

}  // namespace
}  // namespace dpr
