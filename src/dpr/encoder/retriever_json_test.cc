#include "dpr/encoder/retriever_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;

nlohmann::json Valid() { return nlohmann::json::parse(RetrieverJsonText(RetrieverJson())); }

std::string Refused(const nlohmann::json& json, ErrorCode code = ErrorCode::kInvalid) {
  try {
    ParseRetrieverJson(json.dump(), "retriever.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "accepted";
}

std::string RefusedWith(const std::string& name, const nlohmann::json& value,
                        ErrorCode code = ErrorCode::kInvalid) {
  nlohmann::json json = Valid();
  json[name] = value;
  return Refused(json, code);
}

TEST(RetrieverJson, ReadsWhatItWrites) {
  RetrieverJson written;
  written.question_encoder = "encoder";
  written.passage_encoder = "encoder";
  written.pooling = Pooling::kMean;
  written.normalize = true;
  written.similarity = Similarity::kL2;
  written.question_max_length = 64;
  written.passage_max_length = 128;
  written.question_prompt = "query: \"\xc3\xa9\" ";
  written.passage_prompt = "passage: ";
  written.title_join = TitleJoin::kSpace;
  written.projection = 96;
  const testing::TemporaryFolder folder;
  WriteRetrieverJson(folder.path(), written);
  const RetrieverJson read = ReadRetrieverJson(folder.path());
  EXPECT_EQ(RetrieverJsonText(read), RetrieverJsonText(written));
  EXPECT_EQ(read.question_prompt, written.question_prompt);

  const RetrieverDescription description = read.Describe("model");
  EXPECT_EQ(description.questions.folder, "model/encoder");
  EXPECT_EQ(description.questions.settings.max_length, 64);
  EXPECT_EQ(description.passages.settings.prompt, "passage: ");
  EXPECT_EQ(description.similarity, Similarity::kL2);
  EXPECT_EQ(description.projection, 96);
}

TEST(RetrieverJson, DefaultsToDpr) {
  const RetrieverJson read = ParseRetrieverJson(Valid().dump(), "retriever.json");
  EXPECT_EQ(read.question_encoder, "question_encoder");
  EXPECT_EQ(read.passage_encoder, "ctx_encoder");
  EXPECT_EQ(read.pooling, Pooling::kCls);
  EXPECT_FALSE(read.normalize);
  EXPECT_EQ(read.similarity, Similarity::kDot);
  EXPECT_EQ(read.passage_max_length, 256);
  EXPECT_EQ(read.title_join, TitleJoin::kPair);
}

TEST(RetrieverJson, NamesEveryMemberThatIsMissingOrWrong) {
  const nlohmann::json valid = Valid();
  for (const auto& [name, value] : valid.items()) {
    nlohmann::json json = valid;
    json.erase(name);
    if (name == "version") {
      EXPECT_THAT(Refused(json, ErrorCode::kUnsupported), HasSubstr("version 0"));
    } else {
      EXPECT_THAT(Refused(json), HasSubstr("`" + name + "`"));
    }
    EXPECT_THAT(RefusedWith(name, nlohmann::json::array()), HasSubstr("`" + name + "`"));
  }
  EXPECT_THAT(RefusedWith("pooling", "max"), HasSubstr("is `max`, none of cls, mean, pooler"));
  EXPECT_THAT(RefusedWith("similarity", "manhattan"), HasSubstr("none of dot, cosine, l2"));
  EXPECT_THAT(RefusedWith("title_join", ""), HasSubstr("none of pair, space"));
  EXPECT_THAT(RefusedWith("question_max_length", 2), HasSubstr("is 2, which is not between"));
  EXPECT_THAT(RefusedWith("passage_max_length", int64_t{1} << 40), HasSubstr("not between"));
  EXPECT_THAT(RefusedWith("projection", -1), HasSubstr("not between"));
}

TEST(RetrieverJson, StaysInsideItsFolder) {
  for (const char* name : {"", "..", "../other", "/etc", "a/b", "a/"}) {
    EXPECT_THAT(RefusedWith("question_encoder", name), HasSubstr("`question_encoder` is `"));
  }
  EXPECT_EQ(RefusedWith("question_encoder", "."), "accepted");
}

TEST(RetrieverJson, RefusesOtherVersionsAndUnknownMembers) {
  EXPECT_THAT(RefusedWith("version", 2, ErrorCode::kUnsupported), HasSubstr("version 2"));
  EXPECT_THAT(RefusedWith("format", "other"), HasSubstr("`format` is not `dpr-retriever`"));
  EXPECT_THAT(RefusedWith("poling", "cls", ErrorCode::kUnsupported), HasSubstr("`poling`"));
}

}  // namespace
}  // namespace dpr
