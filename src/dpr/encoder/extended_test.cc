// Real weights and real texts beside sentence-transformers. Needs the model (DPR_REAL_MODEL), the
// data (DPR_SHARED_DATA) and a Python with sentence-transformers (DPR_PEERS_PYTHON).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "dpr/base/test_environment.h"
#include "dpr/bert/model_tensors.h"
#include "dpr/data/passage_source.h"
#include "dpr/encoder/retriever.h"

namespace dpr {
namespace {

constexpr size_t kTexts = 200;
constexpr double kCosine = 0.999999;

std::vector<Passage> RealPassages() {
  const Path file = testing::SharedData() / "wiki" / "psgs_w100-aa.tsv.xz";
  const auto reader = OpenSource(ListSources({file}).at(0), {});
  std::vector<Passage> passages;
  Passage passage;
  for (size_t i = 0; passages.size() < kTexts && reader->Next(passage); ++i) {
    if (i % 37 == 0) passages.push_back(passage);
  }
  return passages;
}

std::vector<std::string> RealQuestions() {
  std::ifstream in(testing::SharedData() / "questions" / "nq-dev.qa.csv");
  std::vector<std::string> questions;
  std::string line;
  while (questions.size() < kTexts && std::getline(in, line)) {
    questions.push_back(line.substr(0, line.find('\t')));
  }
  return questions;
}

double Cosine(const float* a, const float* b, int64_t size) {
  double dot = 0, square_a = 0, square_b = 0;
  for (int64_t i = 0; i < size; ++i) {
    dot += double{a[i]} * b[i];
    square_a += double{a[i]} * a[i];
    square_b += double{b[i]} * b[i];
  }
  return dot / std::sqrt(square_a * square_b);
}

double LowestCosine(const Matrix& found, const FloatTensor& wanted) {
  EXPECT_EQ(wanted.shape(), (Shape{found.rows(), found.columns()}));
  double lowest = 1;
  for (int64_t i = 0; i < found.rows(); ++i) {
    const double cosine = Cosine(found.row(i), wanted.matrix().row(i), found.columns());
    lowest = cosine >= lowest ? lowest : cosine;  // NaN counts
  }
  return lowest;
}

TEST(ExtendedEncoder, VectorsEqualSentenceTransformersOnRealWeightsAndTexts) {
  const char* python = std::getenv("DPR_PEERS_PYTHON");
  if (python == nullptr) GTEST_SKIP() << "DPR_PEERS_PYTHON names no Python";
  if (!std::filesystem::exists(testing::RealModel())) GTEST_SKIP() << "no real model is there";
  if (!std::filesystem::exists(testing::SharedData())) GTEST_SKIP() << "no real data is there";

  const Retriever retriever = Retriever::Open(testing::RealModel());
  const std::vector<Passage> passages = RealPassages();
  const std::vector<std::string> questions = RealQuestions();
  ASSERT_EQ(passages.size(), kTexts);
  ASSERT_EQ(questions.size(), kTexts);
  Matrix passage_vectors(kTexts, retriever.dimensions());
  Matrix question_vectors(kTexts, retriever.dimensions());
  retriever.passages().EncodePassages(passages, passage_vectors.view());
  retriever.questions().EncodeTexts(questions, question_vectors.view());

  std::vector<std::string> joined;
  for (const Passage& passage : passages) joined.push_back(passage.title + " " + passage.text);
  const testing::TemporaryFolder folder;
  const Path texts = folder.Write(
      "texts.json", nlohmann::json({{"passages", joined}, {"questions", questions}}).dump());
  const Path out = folder.path() / "vectors.safetensors";
  const Path script = Path(DPR_SOURCE_DIR) / "tools" / "goldens" / "sentence_vectors.py";
  const std::string command = std::string(python) + " '" + script.string() + "' '" +
                              testing::RealModel().string() + "' '" + texts.string() + "' '" +
                              out.string() + "' 2> /dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
  const StoredTensors expected = OpenTensorFile(out);
  const double passage_cosine =
      LowestCosine(passage_vectors, FloatTensor(*expected.Find("passages")));
  const double question_cosine =
      LowestCosine(question_vectors, FloatTensor(*expected.Find("questions")));
  EXPECT_GE(passage_cosine, kCosine);
  EXPECT_GE(question_cosine, kCosine);
  std::printf("lowest cosine: passages 1 - %.1e, questions 1 - %.1e\n", 1 - passage_cosine,
              1 - question_cosine);
}

// In bytes, from the system: RssAnon, memory of its own, or RssFile, what is there of mapped files.
int64_t ResidentMemory(const std::string& kind) {
  std::ifstream status("/proc/self/status");
  for (std::string name; status >> name;) {
    int64_t kilobytes = 0;
    if (name == kind + ":" && status >> kilobytes) return kilobytes * 1024;
  }
  ADD_FAILURE() << "the system does not say " << kind;
  return 0;
}

TEST(ExtendedEncoder, KeepsThePackedWeightsInMemoryAndNotTheFile) {
  if (!std::filesystem::exists(testing::RealModel())) GTEST_SKIP() << "no real model is there";
  constexpr int64_t kMegabyte = 1 << 20;
  const int64_t own = ResidentMemory("RssAnon"), mapped = ResidentMemory("RssFile");
  const Retriever retriever = Retriever::Open(testing::RealModel());
  // Of MiniLM 43 MB are packed; the tokenizer has a few. 47 MB of word pieces stay in the file.
  EXPECT_LT(ResidentMemory("RssAnon") - own, 60 * kMegabyte);
  // Of the file's 90 MB the system maps what lies around a page that is read, in units of its own.
  EXPECT_LT(ResidentMemory("RssFile") - mapped, 40 * kMegabyte);
}

}  // namespace
}  // namespace dpr
