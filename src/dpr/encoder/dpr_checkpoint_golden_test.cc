// DPR's checkpoints as encoders, beside transformers' BertModel with the same weights
// (tools/goldens/dpr_checkpoint.py).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/encoder/description.h"
#include "dpr/encoder/retriever.h"
#include "dpr/encoder/trainable_retriever.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

// Both sides compute in f32 and differ in the order of sums only; elements are of size 1 to 5.
constexpr double kTolerance = 2e-5;

Path Folder() { return testing::TestData() / "encoder" / "dpr_checkpoint"; }

RetrieverOptions WithVocabulary(const Path& path = Folder() / "vocab.txt") {
  RetrieverOptions options;
  options.vocabulary = path;
  return options;
}

void ExpectNear(const Matrix& found, const Json& cases) {
  ASSERT_EQ(found.rows(), static_cast<int64_t>(cases.size()));
  for (int64_t i = 0; i < found.rows(); ++i) {
    const auto wanted = cases[static_cast<size_t>(i)]["vector"].get<std::vector<double>>();
    ASSERT_EQ(found.columns(), static_cast<int64_t>(wanted.size()));
    for (int64_t c = 0; c < found.columns(); ++c) {
      EXPECT_NEAR(found.row(i)[c], wanted[static_cast<size_t>(c)], kTolerance) << i << ", " << c;
    }
  }
}

class GoldenCheckpoint : public ::testing::TestWithParam<std::string> {
 protected:
  Path file() const { return Folder() / GetParam(); }
};

TEST_P(GoldenCheckpoint, GivesTheVectorsOfTransformers) {
  const Json cases = Json::parse(ReadFile(Folder() / "vectors.json"))[GetParam()];
  const Retriever retriever = Retriever::Open(file(), WithVocabulary());
  std::vector<std::string> questions;
  for (const Json& entry : cases["questions"]) questions.push_back(entry["texts"][0]);
  std::vector<Passage> passages;
  for (const Json& entry : cases["passages"]) {
    passages.push_back({"", entry["texts"][0], entry["texts"][1], ""});
  }
  Matrix vectors(static_cast<int64_t>(questions.size()), retriever.dimensions());
  retriever.questions().EncodeTexts(questions, vectors.view());
  ExpectNear(vectors, cases["questions"]);
  vectors = Matrix(static_cast<int64_t>(passages.size()), retriever.dimensions());
  retriever.passages().EncodePassages(passages, vectors.view());
  ExpectNear(vectors, cases["passages"]);
}

TEST_P(GoldenCheckpoint, IsMappedOnce) {
  const RetrieverDescription description = DescribeRetriever(file(), Folder() / "vocab.txt");
  ASSERT_TRUE(description.questions.checkpoint && description.passages.checkpoint);
  EXPECT_EQ(description.questions.checkpoint->checkpoint,
            description.passages.checkpoint->checkpoint);
  EXPECT_EQ(description.questions.checkpoint->checkpoint->tensors.files.size(), 1u);
  EXPECT_FALSE(description.is_shared());
}

TEST_P(GoldenCheckpoint, OpensAgainFromItsSettings) {
  const Retriever first = Retriever::Open(file(), WithVocabulary());
  const auto settings = RetrieverOptions::FromSettingsJson(first.SettingsJson());
  EXPECT_EQ(settings.vocabulary, Folder() / "vocab.txt");
  const Retriever again = Retriever::Open(file(), settings);
  EXPECT_EQ(again.fingerprint(), first.fingerprint());
  EXPECT_EQ(again.SettingsJson(), first.SettingsJson());
}

TEST_P(GoldenCheckpoint, TakesAFolderWithTokenizerFilesToo) {
  const testing::TemporaryFolder folder;
  folder.Write("vocab.txt", ReadFile(Folder() / "vocab.txt"));
  // The checkpoint says whether texts are lower-cased, not the folder.
  folder.Write("tokenizer_config.json", R"({"do_lower_case": true})");
  EXPECT_EQ(Retriever::Open(file(), WithVocabulary(folder.path())).fingerprint(),
            Retriever::Open(file(), WithVocabulary()).fingerprint());
}

INSTANTIATE_TEST_SUITE_P(Formats, GoldenCheckpoint, ::testing::Values("zip.cp", "legacy.cp"),
                         [](const auto& param_info) {
                           return param_info.param.substr(0, param_info.param.find('.'));
                         });

std::string Refused(ErrorCode code, const Path& path, const RetrieverOptions& options) {
  try {
    Retriever::Open(path, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "accepted";
}

TEST(CheckpointAsModel, NeedsAVocabulary) {
  EXPECT_THAT(Refused(ErrorCode::kUsage, Folder() / "zip.cp", {}),
              HasSubstr("Give it with --vocab: the vocab.txt of bert-base-uncased"));
  EXPECT_THAT(Refused(ErrorCode::kNotFound, Folder() / "zip.cp", WithVocabulary("/nowhere.txt")),
              HasSubstr("/nowhere.txt"));
  const testing::TemporaryFolder folder;
  const Path longer = folder.Write("vocab.txt", ReadFile(Folder() / "vocab.txt") + "one\nmore\n");
  EXPECT_THAT(Refused(ErrorCode::kMismatch, Folder() / "zip.cp", WithVocabulary(longer)),
              HasSubstr("zip.cp"));
}

TEST(CheckpointAsModel, IsTheOnlyOneThatTakesAVocabulary) {
  EXPECT_THAT(
      Refused(ErrorCode::kUsage, testing::TestData() / "encoder" / "st_mean", WithVocabulary()),
      HasSubstr("--vocab is for checkpoints"));
}

TEST(CheckpointAsModel, IsWrittenAgainAsItIsBeforeItHasLearned) {
  const testing::TemporaryFolder folder;
  TrainableOptions options;
  options.vocabulary = Folder() / "vocab.txt";
  const TrainableRetriever trainable = OpenTrainable(Folder() / "legacy.cp", options);
  EXPECT_FALSE(trainable.shared());
  EXPECT_FALSE(trainable.random);
  trainable.questions.bert->MakeTrainable(false);
  trainable.passages.bert->MakeTrainable(false);
  WriteTrained(trainable, Similarity::kDot, folder.path() / "out");
  const std::vector<std::string> texts = {"The river", "who is the King?"};
  const Retriever source = Retriever::Open(Folder() / "legacy.cp", WithVocabulary());
  const Retriever written = Retriever::Open(folder.path() / "out");
  Matrix wanted(2, source.dimensions()), found(2, source.dimensions());
  source.questions().EncodeTexts(texts, wanted.view());
  written.questions().EncodeTexts(texts, found.view());
  for (int64_t i = 0; i < 2 * source.dimensions(); ++i) {
    EXPECT_EQ(found.row(0)[i], wanted.row(0)[i]) << i;
  }
  options.share = true;
  EXPECT_THROW(OpenTrainable(Folder() / "legacy.cp", options), Error);
}

TEST(CheckpointAsModel, HasLengthsAndPoolingOfDpr) {
  const Retriever retriever = Retriever::Open(Folder() / "zip.cp", WithVocabulary());
  EXPECT_EQ(retriever.passages().settings().max_length, 24);
  EXPECT_EQ(retriever.passages().settings().pooling, Pooling::kCls);
  EXPECT_EQ(retriever.passages().settings().title_join, TitleJoin::kPair);
  EXPECT_EQ(retriever.similarity(), Similarity::kDot);
  EXPECT_EQ(retriever.dimensions(), 64);
}

}  // namespace
}  // namespace dpr
