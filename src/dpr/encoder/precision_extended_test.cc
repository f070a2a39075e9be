// The fidelity that docs/design/precision.md promises, on real weights and real passages. Needs the
// model (DPR_REAL_MODEL) and the data (DPR_SHARED_DATA).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "dpr/base/cpu.h"
#include "dpr/base/test_environment.h"
#include "dpr/data/passage_source.h"
#include "dpr/encoder/retriever.h"

namespace dpr {
namespace {

constexpr size_t kPassages = 2000;

std::vector<Passage> EveryThirtySeventh() {
  const Path file = testing::SharedData() / "wiki" / "psgs_w100-aa.tsv.xz";
  const auto reader = OpenSource(ListSources({file}).at(0), {});
  std::vector<Passage> passages;
  Passage passage;
  for (size_t i = 0; passages.size() < kPassages && reader->Next(passage); ++i) {
    if (i % 37 == 0) passages.push_back(passage);
  }
  return passages;
}

Matrix EncodedIn(Precision precision, const std::vector<Passage>& passages, Pooling pooling) {
  RetrieverOptions options;
  options.precision = precision;
  options.pooling = pooling;
  options.normalize = true;
  const Retriever retriever = Retriever::Open(testing::RealModel(), options);
  Matrix vectors(static_cast<int64_t>(passages.size()), retriever.dimensions());
  retriever.passages().EncodePassages(passages, vectors.view());
  return vectors;
}

struct Fidelity {
  double mean = 0, least = 1;
};

// Of vectors of length 1.
Fidelity Cosines(const Matrix& a, const Matrix& b) {
  Fidelity fidelity;
  for (int64_t i = 0; i < a.rows(); ++i) {
    double cosine = 0;
    for (int64_t j = 0; j < a.columns(); ++j) cosine += double{a.row(i)[j]} * b.row(i)[j];
    fidelity.mean += cosine / static_cast<double>(a.rows());
    fidelity.least = cosine >= fidelity.least ? fidelity.least : cosine;  // NaN counts
  }
  return fidelity;
}

TEST(ExtendedPrecision, KeepsThePromisedFidelityOverTwoThousandPassages) {
  if (!std::filesystem::exists(testing::RealModel())) GTEST_SKIP() << "no real model is there";
  if (!std::filesystem::exists(testing::SharedData())) GTEST_SKIP() << "no real data is there";
  const std::vector<Passage> passages = EveryThirtySeventh();
  ASSERT_EQ(passages.size(), kPassages);
  for (const Pooling pooling : {Pooling::kMean, Pooling::kCls}) {
    const Matrix exact = EncodedIn(Precision::kF32, passages, pooling);
    const Fidelity int8 = Cosines(exact, EncodedIn(Precision::kInt8, passages, pooling));
    EXPECT_GE(int8.mean, 0.998);
    EXPECT_GE(int8.least, 0.99);
    RecordProperty(pooling == Pooling::kMean ? "int8_mean" : "int8_cls", std::to_string(int8.mean));
    if (!Cpu().avx512_bf16) continue;
    const Fidelity bf16 = Cosines(exact, EncodedIn(Precision::kBf16, passages, pooling));
    EXPECT_GE(bf16.mean, 0.9999);
    EXPECT_GE(bf16.least, 0.9999);
  }
}

}  // namespace
}  // namespace dpr
