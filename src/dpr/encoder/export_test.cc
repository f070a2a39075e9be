#include "dpr/encoder/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/encoder/retriever_json.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

Path Source(const std::string& name) { return testing::TestData() / "encoder" / name; }

// Without titles, which sentence-transformers cannot join as a pair.
const std::vector<Passage> kTexts = {{"", "", "The river is in the city.", ""},
                                     {"", "", "the king of the passage", ""}};
const std::vector<Passage> kTitled = {{"", "River", "The river is in the city.", ""}};

std::vector<float> Vectors(const Retriever& retriever, const std::vector<Passage>& passages) {
  Matrix vectors(static_cast<int64_t>(passages.size()), retriever.dimensions());
  retriever.passages().EncodePassages(passages, vectors.view());
  std::vector<float> values(vectors.row(0), vectors.row(0) + vectors.rows() * vectors.columns());
  std::vector<std::string> questions;
  for (const Passage& passage : passages) questions.push_back(passage.text);
  retriever.questions().EncodeTexts(questions, vectors.view());
  values.insert(values.end(), vectors.row(0), vectors.row(0) + vectors.rows() * vectors.columns());
  return values;
}

class Export : public ::testing::Test {
 protected:
  Path out() const { return folder_.path() / "out"; }
  std::string Refused(ErrorCode code, const Path& model, ExportFormat format) const {
    try {
      ExportRetriever(model, {}, format, out());
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      EXPECT_FALSE(std::filesystem::exists(out().string() + ".tmp"));
      return error.what();
    }
    return "accepted";
  }

  testing::TemporaryFolder folder_;
};

class ExportOf : public Export, public ::testing::WithParamInterface<std::string> {};

TEST_P(ExportOf, AsDprGivesTheSameVectorsToTheBit) {
  ExportRetriever(Source(GetParam()), {}, ExportFormat::kDpr, out());
  const Retriever source = Retriever::Open(Source(GetParam())), written = Retriever::Open(out());
  EXPECT_EQ(Vectors(written, kTexts), Vectors(source, kTexts));
  EXPECT_EQ(Vectors(written, kTitled), Vectors(source, kTitled));
  EXPECT_EQ(written.similarity(), source.similarity());
  EXPECT_TRUE(std::filesystem::exists(out() / kRetrieverJson));
}

INSTANTIATE_TEST_SUITE_P(Models, ExportOf,
                         ::testing::Values("dpr_pair", "st_mean", "st_cls", "st_dense"));

class ExportOfShared : public Export, public ::testing::WithParamInterface<std::string> {};

TEST_P(ExportOfShared, AsSentenceTransformerGivesTheSameVectorsToTheBit) {
  EXPECT_THAT(ExportRetriever(Source(GetParam()), {}, ExportFormat::kSentenceTransformers, out()),
              IsEmpty());
  const Retriever source = Retriever::Open(Source(GetParam())), written = Retriever::Open(out());
  EXPECT_EQ(Vectors(written, kTexts), Vectors(source, kTexts));
  EXPECT_EQ(Vectors(written, kTitled), Vectors(source, kTitled));
  EXPECT_EQ(written.similarity(), source.similarity());
}

TEST_P(ExportOfShared, GoesThroughDprsLayoutAndBack) {
  const Path between = folder_.path() / "between";
  ExportRetriever(Source(GetParam()), {}, ExportFormat::kDpr, between);
  ExportRetriever(between, {}, ExportFormat::kSentenceTransformers, out());
  EXPECT_EQ(Vectors(Retriever::Open(out()), kTitled),
            Vectors(Retriever::Open(Source(GetParam())), kTitled));
}

INSTANTIATE_TEST_SUITE_P(Models, ExportOfShared,
                         ::testing::Values("st_mean", "st_cls", "st_dense"));

TEST_F(Export, OfACheckpointNeedsNoVocabularyAfterwards) {
  RetrieverOptions options;
  options.vocabulary = Source("dpr_checkpoint") / "vocab.txt";
  for (const char* name : {"zip.cp", "legacy.cp"}) {
    const Path model = Source("dpr_checkpoint") / name, to = folder_.path() / name;
    EXPECT_THAT(ExportRetriever(model, options, ExportFormat::kDpr, to), IsEmpty());
    EXPECT_EQ(Vectors(Retriever::Open(to), kTitled),
              Vectors(Retriever::Open(model, options), kTitled));
  }
}

TEST_F(Export, SaysWhatTheLayoutCannotExpress) {
  EXPECT_THAT(ExportRetriever(Source("st_mean"), {}, ExportFormat::kDpr, out()),
              ::testing::ElementsAre(HasSubstr("pooling `mean` and normalisation stands in")));
  EXPECT_THAT(ExportRetriever(Source("st_cls"), {}, ExportFormat::kDpr, folder_.path() / "cls"),
              ::testing::ElementsAre(HasSubstr("prompts")));
}

TEST_F(Export, HeedsTheUsersOptions) {
  RetrieverOptions options;
  options.pooling = Pooling::kCls;
  options.max_length = 9;
  ExportRetriever(Source("st_mean"), options, ExportFormat::kDpr, out());
  const Retriever written = Retriever::Open(out());
  EXPECT_EQ(written.passages().settings().pooling, Pooling::kCls);
  EXPECT_FALSE(written.passages().settings().normalize);
  EXPECT_EQ(written.questions().settings().max_length, 9);
}

TEST_F(Export, RefusesWhatWouldChangeTheVectors) {
  EXPECT_THAT(
      Refused(ErrorCode::kUnsupported, Source("dpr_pair"), ExportFormat::kSentenceTransformers),
      HasSubstr("different encoders"));
  EXPECT_FALSE(std::filesystem::exists(out()));
}

TEST_F(Export, NeverTouchesWhatIsThere) {
  folder_.Write("out/mine", "1");
  EXPECT_THAT(Refused(ErrorCode::kExists, Source("st_mean"), ExportFormat::kDpr),
              HasSubstr("already"));
  EXPECT_EQ(ReadFile(out() / "mine"), "1");
}

}  // namespace
}  // namespace dpr
