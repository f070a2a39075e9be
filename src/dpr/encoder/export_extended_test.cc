// Exported models, loaded by transformers and by sentence-transformers. Needs a Python with both
// (DPR_PEERS_PYTHON); the tests with real weights need the model too (DPR_REAL_MODEL).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "dpr/base/test_environment.h"
#include "dpr/bert/model_tensors.h"
#include "dpr/encoder/export.h"

namespace dpr {
namespace {

// What the two must agree to, relative to the longest element: sums in another order.
constexpr double kTolerance = 1e-4;

const std::vector<std::string> kQuestions = {"Who is the king of the city?", "what river", "a",
                                             "\u00c9l\u00e8ve na\u00efve \u4e2d\u6587"};
const std::vector<Passage> kPassages = {
    {"", "River", "The river is in the city, and the king of the river is walking.", ""},
    {"", "", "A text without a title.", ""},
    {"", "A long title of the king " + std::string(200, 'x'), "the passage of the query", ""}};

class ExtendedExport : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* python = std::getenv("DPR_PEERS_PYTHON");
    if (python == nullptr) GTEST_SKIP() << "DPR_PEERS_PYTHON names no Python";
    python_ = python;
  }

  // The model's vectors, ours and theirs.
  void ExpectSame(const Path& model, const RetrieverOptions& options, ExportFormat format,
                  const char* layout) {
    const Path out = folder_.path() / "exported";
    ExportRetriever(model, options, format, out);
    nlohmann::json passages = nlohmann::json::array();
    for (const Passage& passage : kPassages) passages.push_back({passage.title, passage.text});
    const Path texts = folder_.Write(
        "texts.json", nlohmann::json{{"questions", kQuestions}, {"passages", passages}}.dump());
    const Path found = folder_.path() / "found.safetensors";
    const Path script = Path(DPR_SOURCE_DIR) / "tools" / "goldens" / "exported_vectors.py";
    const std::string command = python_ + " '" + script.string() + "' " + layout + " '" +
                                out.string() + "' '" + texts.string() + "' '" + found.string() +
                                "' > '" + (folder_.path() / "log").string() + "' 2>&1";
    ASSERT_EQ(std::system(command.c_str()), 0) << ReadFile(folder_.path() / "log");
    const StoredTensors theirs = OpenTensorFile(found);
    const Retriever ours = Retriever::Open(out);
    Matrix vectors(static_cast<int64_t>(kQuestions.size()), ours.dimensions());
    ours.questions().EncodeTexts(kQuestions, vectors.view());
    ExpectNear(vectors, FloatTensor(*theirs.Find("questions")));
    vectors = Matrix(static_cast<int64_t>(kPassages.size()), ours.dimensions());
    ours.passages().EncodePassages(kPassages, vectors.view());
    ExpectNear(vectors, FloatTensor(*theirs.Find("passages")));
  }

 private:
  static void ExpectNear(const Matrix& ours, const FloatTensor& theirs) {
    ASSERT_EQ(theirs.shape(), (Shape{ours.rows(), ours.columns()}));
    double largest = 0, difference = 0;
    for (int64_t i = 0; i < theirs.size(); ++i) {
      largest = std::max(largest, std::fabs(double{theirs.data()[i]}));
      const double d = std::fabs(double{theirs.data()[i]} - ours.row(0)[i]);
      difference = d <= difference ? difference : d;  // NaN stays
    }
    EXPECT_LE(difference, kTolerance * largest);
  }

  std::string python_;
  testing::TemporaryFolder folder_;
};

Path Source(const std::string& name) { return testing::TestData() / "encoder" / name; }

TEST_F(ExtendedExport, APairLoadsAsDprsEncoders) {
  ExpectSame(Source("dpr_pair"), {}, ExportFormat::kDpr, "dpr");
}

TEST_F(ExtendedExport, ACheckpointLoadsAsDprsEncoders) {
  RetrieverOptions options;
  options.vocabulary = Source("dpr_checkpoint") / "vocab.txt";
  ExpectSame(Source("dpr_checkpoint") / "zip.cp", options, ExportFormat::kDpr, "dpr");
}

TEST_F(ExtendedExport, ACasedCheckpointWithAProjectionLoadsAsDprsEncoders) {
  RetrieverOptions options;
  options.vocabulary = Source("dpr_checkpoint") / "vocab.txt";
  ExpectSame(Source("dpr_checkpoint") / "legacy.cp", options, ExportFormat::kDpr, "dpr");
}

TEST_F(ExtendedExport, SharedModelsLoadAsSentenceTransformers) {
  ExpectSame(Source("st_mean"), {}, ExportFormat::kSentenceTransformers, "sentence-transformers");
}

TEST_F(ExtendedExport, PromptsAndDotAreKept) {
  ExpectSame(Source("st_cls"), {}, ExportFormat::kSentenceTransformers, "sentence-transformers");
}

TEST_F(ExtendedExport, AProjectionIsADenseModule) {
  ExpectSame(Source("st_dense"), {}, ExportFormat::kSentenceTransformers, "sentence-transformers");
}

TEST_F(ExtendedExport, RealWeightsLoadAsSentenceTransformers) {
  if (!std::filesystem::exists(testing::RealModel())) GTEST_SKIP() << "no real model is there";
  ExpectSame(testing::RealModel(), {}, ExportFormat::kSentenceTransformers,
             "sentence-transformers");
}

TEST_F(ExtendedExport, RealWeightsPooledByTheFirstTokenLoadAsDprsEncoders) {
  if (!std::filesystem::exists(testing::RealModel())) GTEST_SKIP() << "no real model is there";
  // transformers joins title and text as a pair: only texts without a title agree with a model
  // that joins them by a space, so a pair of two plain BERTs is made first.
  const testing::TemporaryFolder plain;
  for (const char* name : {"config.json", "model.safetensors", "tokenizer.json", "vocab.txt",
                           "tokenizer_config.json", "special_tokens_map.json"}) {
    if (std::filesystem::exists(testing::RealModel() / name)) {
      std::filesystem::copy(testing::RealModel() / name, plain.path() / name);
    }
  }
  ExpectSame(plain.path(), {}, ExportFormat::kDpr, "dpr");
}

}  // namespace
}  // namespace dpr
