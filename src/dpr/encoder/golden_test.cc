// Whole texts to vectors beside transformers (DPR's layout) and sentence-transformers, for tiny
// random models (tools/goldens/bert.py).
#include <gtest/gtest.h>

#include <cmath>

#include "dpr/base/test_environment.h"
#include "dpr/bert/json.h"
#include "dpr/encoder/retriever.h"

namespace dpr {
namespace {

// Both sides compute in f32 and differ in the order of sums only. Vectors that are not normalised
// have elements of size 1 to 5.
constexpr double kTolerance = 2e-5;

struct Cases {
  std::vector<Passage> passages;
  std::vector<std::string> questions;
  std::vector<std::vector<double>> passage_vectors, question_vectors;
  int64_t tokens = 0;  // of all, where the cases count them
};

std::vector<double> ReadVector(const Json& json) {
  std::vector<double> vector;
  for (const Json& element : json.Elements()) vector.push_back(element.AsNumber());
  return vector;
}

Cases ReadCases(const Path& file) {
  const Json json = Json::Read(file);
  Cases cases;
  for (const Json& entry : json.Member("questions")->Elements()) {
    cases.questions.push_back(entry.Member("texts")->Elements()[0].AsString());
    cases.question_vectors.push_back(ReadVector(*entry.Member("vector")));
    cases.tokens += entry.Integer("tokens").value_or(0);
  }
  for (const Json& entry : json.Member("passages")->Elements()) {
    const std::vector<Json> texts = entry.Member("texts")->Elements();
    cases.passages.push_back({"", texts[0].AsString(), texts[1].AsString(), ""});
    cases.passage_vectors.push_back(ReadVector(*entry.Member("vector")));
    cases.tokens += entry.Integer("tokens").value_or(0);
  }
  return cases;
}

void ExpectNear(const Matrix& found, const std::vector<std::vector<double>>& wanted) {
  ASSERT_EQ(found.rows(), static_cast<int64_t>(wanted.size()));
  for (int64_t i = 0; i < found.rows(); ++i) {
    ASSERT_EQ(found.columns(), static_cast<int64_t>(wanted[i].size()));
    double largest = 0;
    for (int64_t c = 0; c < found.columns(); ++c) {
      const double difference = std::fabs(found.row(i)[c] - wanted[i][c]);
      largest = difference <= largest ? largest : difference;  // NaN stays
    }
    EXPECT_LE(largest, kTolerance) << "text " << i;
  }
}

class GoldenRetriever : public ::testing::TestWithParam<const char*> {
 protected:
  Path folder() const { return testing::TestData() / "encoder" / GetParam(); }
};

TEST_P(GoldenRetriever, VectorsEqualTheReference) {
  const Retriever retriever = Retriever::Open(folder());
  const Cases cases = ReadCases(folder() / "cases.json");
  Matrix passages(static_cast<int64_t>(cases.passages.size()), retriever.dimensions());
  const EncodeCounts passage_counts =
      retriever.passages().EncodePassages(cases.passages, passages.view());
  ExpectNear(passages, cases.passage_vectors);
  Matrix questions(static_cast<int64_t>(cases.questions.size()), retriever.dimensions());
  const EncodeCounts question_counts =
      retriever.questions().EncodeTexts(cases.questions, questions.view());
  ExpectNear(questions, cases.question_vectors);
  if (cases.tokens > 0) {
    EXPECT_EQ(passage_counts.tokens + question_counts.tokens, cases.tokens);
  }
}

INSTANTIATE_TEST_SUITE_P(Layouts, GoldenRetriever,
                         ::testing::Values("dpr_pair", "st_mean", "st_cls", "st_dense"),
                         [](const auto& param_info) { return std::string(param_info.param); });

}  // namespace
}  // namespace dpr
