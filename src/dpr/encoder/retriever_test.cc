#include "dpr/encoder/retriever.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/encoder/retriever_json.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;

// A copy of one of the golden models, for tests to change.
class Model {
 public:
  explicit Model(const char* name) { Add(Path("encoder") / name, "."); }
  void Add(const Path& from, const Path& to) const {
    std::filesystem::copy(testing::TestData() / from, folder() / to,
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::overwrite_existing);
  }

  const Path& folder() const { return folder_.path(); }
  Retriever Open(const RetrieverOptions& options = {}) const {
    return Retriever::Open(folder(), options);
  }
  std::string Refused(ErrorCode code, const RetrieverOptions& options = {}) const {
    try {
      Open(options);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      return error.what();
    }
    return "accepted";
  }
  nlohmann::json Read(const Path& file) const {
    return nlohmann::json::parse(ReadFile(folder() / file));
  }
  void Write(const Path& file, const nlohmann::json& json) const {
    folder_.Write(file, json.dump());
  }
  void Set(const Path& file, const char* name, const nlohmann::json& value) const {
    nlohmann::json json = Read(file);
    json[name] = value;
    Write(file, json);
  }

 private:
  testing::TemporaryFolder folder_;
};

RetrieverOptions WithPooling(Pooling pooling) {
  RetrieverOptions options;
  options.pooling = pooling;
  return options;
}

RetrieverOptions WithMaxLength(int length) {
  RetrieverOptions options;
  options.max_length = length;
  return options;
}

TEST(Retriever, TakesSettingsFromASentenceTransformer) {
  const Retriever old = Model("st_mean").Open();
  EXPECT_EQ(old.passages().settings().pooling, Pooling::kMean);
  EXPECT_TRUE(old.passages().settings().normalize);
  EXPECT_EQ(old.passages().settings().max_length, 24);
  EXPECT_EQ(old.passages().settings().title_join, TitleJoin::kSpace);
  EXPECT_EQ(old.similarity(), Similarity::kDot);  // the cosine of normalised vectors

  const Retriever prompted = Model("st_cls").Open();
  EXPECT_EQ(prompted.questions().settings().prompt, "query: ");
  EXPECT_EQ(prompted.passages().settings().prompt, "passage: ");
  EXPECT_EQ(prompted.passages().settings().pooling, Pooling::kCls);
  EXPECT_EQ(prompted.passages().settings().max_length, 32);  // from tokenizer_config.json
  EXPECT_FALSE(prompted.passages().settings().normalize);
  EXPECT_EQ(prompted.similarity(), Similarity::kDot);
  EXPECT_EQ(Model("st_dense").Open().dimensions(), 12);
}

TEST(Retriever, TakesDprsDefaultsForAPairAndForAPlainBert) {
  const Model pair("dpr_pair");
  const Retriever plain = Retriever::Open(pair.folder() / "ctx_encoder");
  for (const Retriever& retriever : {pair.Open(), plain}) {
    EXPECT_EQ(retriever.passages().settings().pooling, Pooling::kCls);
    EXPECT_FALSE(retriever.passages().settings().normalize);
    EXPECT_EQ(retriever.passages().settings().max_length, 40);  // 256, cut to the position table
    EXPECT_EQ(retriever.passages().settings().title_join, TitleJoin::kPair);
    EXPECT_EQ(retriever.similarity(), Similarity::kDot);
    EXPECT_EQ(retriever.dimensions(), 8);
  }
  EXPECT_EQ(&plain.questions().bert(), &plain.passages().bert());
  EXPECT_EQ(plain.fingerprint(), pair.Open().fingerprint());
}

TEST(Retriever, ReadsThePassageEncoderUnderItsOtherName) {
  const Model pair("dpr_pair");
  const std::string fingerprint = pair.Open().fingerprint();
  std::filesystem::rename(pair.folder() / "ctx_encoder", pair.folder() / "passage_encoder");
  EXPECT_EQ(pair.Open().fingerprint(), fingerprint);
  RemoveAll(pair.folder() / "passage_encoder");
  EXPECT_THAT(pair.Refused(ErrorCode::kNotFound), HasSubstr("no ctx_encoder/ beside it"));
}

TEST(Retriever, ReadsRetrieverJsonFirst) {
  const Model pair("dpr_pair");
  RetrieverJson json;
  json.pooling = Pooling::kMean;
  json.normalize = true;
  json.question_max_length = 10;
  json.passage_max_length = 20;
  json.title_join = TitleJoin::kSpace;
  json.similarity = Similarity::kCosine;
  json.projection = 8;
  WriteRetrieverJson(pair.folder(), json);
  const Retriever retriever = pair.Open();
  EXPECT_EQ(retriever.questions().settings().max_length, 10);
  EXPECT_EQ(retriever.passages().settings().max_length, 20);
  EXPECT_EQ(retriever.passages().settings().pooling, Pooling::kMean);
  EXPECT_EQ(retriever.similarity(), Similarity::kDot);

  json.projection = 9;
  WriteRetrieverJson(pair.folder(), json);
  EXPECT_THAT(pair.Refused(ErrorCode::kMismatch), HasSubstr("`projection` 9"));
}

TEST(Retriever, PoolingByTheUserTurnsNormalisationOff) {
  const Model model("st_mean");
  const Retriever cls = model.Open(WithPooling(Pooling::kCls));
  EXPECT_EQ(cls.questions().settings().pooling, Pooling::kCls);
  EXPECT_FALSE(cls.questions().settings().normalize);
  EXPECT_FALSE(cls.passages().settings().normalize);
  EXPECT_EQ(cls.similarity(), Similarity::kCosine);  // as the model says
  RetrieverOptions both = WithPooling(Pooling::kCls);
  both.normalize = true;
  EXPECT_TRUE(model.Open(both).passages().settings().normalize);
  EXPECT_EQ(model.Open(both).similarity(), Similarity::kDot);
}

TEST(Retriever, NamesTheFolderOfAnEncoderThatSettingsDoNotSuit) {
  const Model pair("dpr_pair");
  pair.Add("bert/two_heads", "question_encoder");
  pair.Add("bert/two_heads", "ctx_encoder");
  EXPECT_EQ(pair.Open().dimensions(), 24);
  EXPECT_THAT(pair.Refused(ErrorCode::kUnsupported, WithPooling(Pooling::kPooler)),
              HasSubstr("question_encoder: the model has no pooler"));
}

TEST(Retriever, MaxLengthByTheUserMustSuitTheModel) {
  const Model model("st_mean");
  EXPECT_EQ(model.Open(WithMaxLength(40)).passages().settings().max_length, 40);
  for (const int length : {41, 2, 0, -5}) {
    EXPECT_THAT(model.Refused(ErrorCode::kUsage, WithMaxLength(length)), HasSubstr("3 to 40"));
  }
  model.Set("sentence_bert_config.json", "max_seq_length", 512);
  EXPECT_EQ(model.Open().passages().settings().max_length, 40);
  model.Set("sentence_bert_config.json", "max_seq_length", nullptr);
  model.Set("config.json", "max_position_embeddings", 40);
  EXPECT_EQ(model.Open().passages().settings().max_length, 40);  // 256, cut
}

TEST(Retriever, FingerprintChangesWithWhatChangesAPassagesVector) {
  const Model model("st_cls");
  const std::string original = model.Open().fingerprint();
  EXPECT_EQ(model.Open().fingerprint(), original);
  EXPECT_NE(model.Open(WithPooling(Pooling::kMean)).fingerprint(), original);
  EXPECT_NE(model.Open(WithMaxLength(16)).fingerprint(), original);

  const Path prompts = "config_sentence_transformers.json";
  model.Set(prompts, "prompts", {{"query", "other "}, {"document", "passage: "}});
  EXPECT_EQ(model.Open().fingerprint(), original);  // of questions only
  model.Set(prompts, "prompts", {{"query", "query: "}, {"document", "other "}});
  EXPECT_NE(model.Open().fingerprint(), original);

  const Model weights("st_cls");
  std::string bytes = ReadFile(weights.folder() / "model.safetensors");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  WriteFileAtomically(weights.folder() / "model.safetensors", bytes);
  EXPECT_NE(weights.Open().fingerprint(), original);

  const Model vocabulary("st_mean");
  const std::string before = vocabulary.Open().fingerprint();
  std::string pieces = ReadFile(vocabulary.folder() / "vocab.txt");
  pieces.replace(pieces.find("king"), 4, "kong");
  WriteFileAtomically(vocabulary.folder() / "vocab.txt", pieces);
  EXPECT_NE(vocabulary.Open().fingerprint(), before);
}

TEST(Retriever, SettingsOpenTheSameRetrieverAgain) {
  const Model model("st_mean");
  RetrieverOptions options = WithPooling(Pooling::kCls);
  options.normalize = true;
  options.max_length = 17;
  const Retriever first = model.Open(options);
  const Retriever again = model.Open(RetrieverOptions::FromSettingsJson(first.SettingsJson()));
  EXPECT_EQ(again.fingerprint(), first.fingerprint());
  EXPECT_EQ(again.SettingsJson(), first.SettingsJson());
  EXPECT_EQ(model.Open().SettingsJson(), "{}");
  const Retriever l2 = first.WithSimilarity(Similarity::kL2);
  const Retriever l2_again = model.Open(RetrieverOptions::FromSettingsJson(l2.SettingsJson()));
  EXPECT_EQ(l2_again.similarity(), Similarity::kL2);
  EXPECT_EQ(l2_again.fingerprint(), first.fingerprint()) << "the same vectors";
  for (const char* text : {"", "[]", R"({"pooling":"max"})", R"({"normalize":1})",
                           R"({"similarity":"x"})", R"({"a":1})"}) {
    try {
      RetrieverOptions::FromSettingsJson(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    }
  }
}

TEST(Retriever, SaysWhatIsNoModel) {
  const testing::TemporaryFolder folder;
  const auto refused = [](const Path& path) {
    try {
      Retriever::Open(path);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(refused(folder.path()), HasSubstr("no model is here"));
  EXPECT_THAT(refused(folder.path() / "absent"), HasSubstr("there is no such folder"));
  EXPECT_THAT(refused(folder.Write("file", "")), HasSubstr("no file that torch.save wrote"));
}

TEST(Retriever, RefusesTwoEncodersThatDoNotBelongTogether) {
  const Model pair("dpr_pair");
  pair.Add("bert/one_head", "ctx_encoder");
  EXPECT_THAT(pair.Refused(ErrorCode::kMismatch), HasSubstr("of 8 dimensions, passages of 16"));
}

TEST(SentenceTransformer, RefusesModulesByName) {
  const Model model("st_dense");
  nlohmann::json modules = model.Read("modules.json");
  modules[3]["type"] = "sentence_transformers.models.LayerNorm";
  model.Write("modules.json", modules);
  EXPECT_THAT(model.Refused(ErrorCode::kUnsupported), HasSubstr("`LayerNorm`"));
  modules.erase(1);
  model.Write("modules.json", modules);
  EXPECT_THAT(model.Refused(ErrorCode::kUnsupported), HasSubstr("a Transformer and a Pooling"));
  modules = Model("st_mean").Read("modules.json");
  modules[1]["path"] = "../elsewhere";
  model.Write("modules.json", modules);
  EXPECT_THAT(model.Refused(ErrorCode::kInvalid), HasSubstr("`../elsewhere`"));
}

TEST(SentenceTransformer, RefusesPoolingByName) {
  const Model model("st_mean");
  const Path file = Path("1_Pooling") / "config.json";
  model.Set(file, "pooling_mode_max_tokens", true);
  EXPECT_THAT(model.Refused(ErrorCode::kUnsupported), HasSubstr("several ways"));
  model.Set(file, "pooling_mode_mean_tokens", false);
  EXPECT_THAT(model.Refused(ErrorCode::kUnsupported), HasSubstr("pools by `max`"));
  model.Write(file, {{"pooling_mode", "lasttoken"}});
  EXPECT_THAT(model.Refused(ErrorCode::kUnsupported), HasSubstr("pools by `lasttoken`"));
  model.Write(file, {{"pooling_mode", {"cls", "mean"}}});
  EXPECT_THAT(model.Refused(ErrorCode::kUnsupported), HasSubstr("joins 2 ways"));
  model.Write(file, {{"pooling_mode", {"cls"}}});
  EXPECT_EQ(model.Open().passages().settings().pooling, Pooling::kCls);
}

TEST(SentenceTransformer, RefusesADenseLayerWithAnActivation) {
  const Model model("st_dense");
  const Path file = Path("2_Dense") / "config.json";
  model.Set(file, "activation_function", "torch.nn.modules.activation.Tanh");
  EXPECT_THAT(model.Refused(ErrorCode::kUnsupported), HasSubstr("activation.Tanh"));
  model.Set(file, "activation_function", "torch.nn.modules.linear.Identity");
  model.Set(file, "out_features", 13);
  EXPECT_THAT(model.Refused(ErrorCode::kInvalid), HasSubstr("`linear.weight` has the shape"));
}

TEST(SentenceTransformer, RefusesOtherKindsAndSimilarities) {
  const Model model("st_cls");
  const Path file = "config_sentence_transformers.json";
  model.Set(file, "similarity_fn_name", "manhattan");
  EXPECT_THAT(model.Refused(ErrorCode::kUnsupported), HasSubstr("`manhattan`"));
  model.Set(file, "similarity_fn_name", "euclidean");
  EXPECT_EQ(model.Open().similarity(), Similarity::kL2);
  model.Set(file, "model_type", "SparseEncoder");
  EXPECT_THAT(model.Refused(ErrorCode::kUnsupported), HasSubstr("`SparseEncoder`"));
}

TEST(SentenceTransformer, RefusesPromptsThatPoolingLeavesOut) {
  const Model model("st_cls");
  const Path file = Path("1_Pooling") / "config.json";
  model.Set(file, "include_prompt", false);
  EXPECT_THAT(model.Refused(ErrorCode::kUnsupported), HasSubstr("include_prompt"));
}

}  // namespace
}  // namespace dpr
