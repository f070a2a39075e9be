// Hidden states beside those of transformers, for tiny random BERTs (tools/goldens/bert.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/base/threads.h"
#include "dpr/bert/bert.h"
#include "dpr/bert/json.h"
#include "dpr/bert/model_tensors.h"
#include "dpr/bert/weights.h"
#include "dpr/bert/workspace.h"

namespace dpr {
namespace {

// Both sides compute in f32 and differ in the order of sums only; values are of size 1 to 5.
constexpr float kTolerance = 2e-5f;

std::vector<std::vector<int32_t>> ReadSequences(const Path& file) {
  std::vector<std::vector<int32_t>> sequences;
  for (const Json& sequence : Json::Read(file).Member("sequences")->Elements()) {
    sequences.emplace_back();
    for (const Json& id : sequence.Elements()) {
      sequences.back().push_back(static_cast<int32_t>(id.AsInteger()));
    }
  }
  return sequences;
}

float LargestDifference(ConstFloatView a, ConstFloatView b) {
  EXPECT_EQ(a.rows, b.rows);
  EXPECT_EQ(a.columns, b.columns);
  float largest = 0;
  for (int64_t i = 0; i < a.rows; ++i) {
    for (int64_t c = 0; c < a.columns; ++c) {
      const float difference = std::fabs(a.row(i)[c] - b.row(i)[c]);
      largest = difference <= largest ? largest : difference;  // NaN stays
    }
  }
  return largest;
}

void ExpectSameBits(ConstFloatView a, ConstFloatView b) {
  ASSERT_EQ(a.rows, b.rows);
  ASSERT_EQ(a.columns, b.columns);
  for (int64_t i = 0; i < a.rows; ++i) {
    ASSERT_EQ(std::memcmp(a.row(i), b.row(i), sizeof(float) * a.columns), 0) << "row " << i;
  }
}

Matrix Copy(ConstFloatView view) {
  Matrix copy(view.rows, view.columns);
  for (int64_t i = 0; i < view.rows; ++i) {
    std::copy_n(view.row(i), view.columns, copy.row(i));
  }
  return copy;
}

class GoldenBert : public ::testing::TestWithParam<const char*> {
 protected:
  Path folder() const { return testing::TestData() / "bert" / GetParam(); }
  Bert model() const { return Bert(BertWeights::FromFolder(folder())); }
  std::vector<std::vector<int32_t>> sequences() const {
    return ReadSequences(folder() / "cases.json");
  }
  PackedTokens AllSequences() const {
    PackedTokens batch;
    for (const auto& sequence : sequences()) batch.Add(sequence);
    return batch;
  }
};

TEST_P(GoldenBert, HiddenStatesEqualTransformers) {
  const Bert bert = model();
  const StoredTensors expected = OpenTensorFile(folder() / "expected.safetensors");
  const PackedTokens batch = AllSequences();
  BertWorkspace workspace;
  const FloatView hidden = bert.Forward(batch, workspace);
  ASSERT_GE(batch.sequences(), 8);
  for (int64_t s = 0; s < batch.sequences(); ++s) {
    const StoredTensor* stored = expected.Find("hidden." + std::to_string(s));
    ASSERT_NE(stored, nullptr);
    const FloatTensor wanted(*stored);
    const FloatView mine = hidden.rows_from(batch.offsets[s], batch.length(s));
    EXPECT_LE(LargestDifference(mine, wanted.matrix()), kTolerance) << "sequence " << s;
  }
}

TEST_P(GoldenBert, PooledStatesEqualTransformers) {
  const Bert bert = model();
  const StoredTensors expected = OpenTensorFile(folder() / "expected.safetensors");
  ASSERT_EQ(bert.has_pooler(), expected.Find("pooled.0") != nullptr);
  if (!bert.has_pooler()) return;
  const PackedTokens batch = AllSequences();
  BertWorkspace workspace;
  const FloatView first = bert.ForwardFirstTokens(batch, workspace);
  Matrix pooled(first.rows, first.columns);
  bert.Pool(first, pooled.view());
  for (int64_t s = 0; s < batch.sequences(); ++s) {
    const FloatTensor wanted(*expected.Find("pooled." + std::to_string(s)));
    EXPECT_LE(LargestDifference(pooled.view().rows_from(s, 1), wanted.matrix()), kTolerance);
  }
}

TEST_P(GoldenBert, FirstTokensHaveTheBitsOfTheFullForwardPass) {
  const Bert bert = model();
  const PackedTokens batch = AllSequences();
  BertWorkspace full_workspace, first_workspace;
  const FloatView full = bert.Forward(batch, full_workspace);
  const FloatView first = bert.ForwardFirstTokens(batch, first_workspace);
  ASSERT_EQ(first.rows, batch.sequences());
  for (int64_t s = 0; s < batch.sequences(); ++s) {
    ExpectSameBits(full.rows_from(batch.offsets[s], 1), first.rows_from(s, 1));
  }
}

TEST_P(GoldenBert, WideHasTheBitsOfOneThread) {
  const Bert bert = model();
  const PackedTokens batch = AllSequences();
  BertWorkspace workspace, wide_workspace;
  const Matrix narrow = Copy(bert.Forward(batch, workspace));
  const Matrix narrow_first = Copy(bert.ForwardFirstTokens(batch, workspace));
  const int threads = ThreadCount();
  for (const int count : {1, 2, 3, 5}) {
    SetThreadCount(count);
    ExpectSameBits(narrow.view(), bert.ForwardWide(batch, wide_workspace));
    ExpectSameBits(narrow_first.view(), bert.ForwardFirstTokensWide(batch, wide_workspace));
  }
  SetThreadCount(threads);
}

// A sequence alone, first, last or between others: the same bits. Holds for every row of a batch
// larger than a chunk of the feed-forward network too.
TEST_P(GoldenBert, BitsOfASequenceDoNotDependOnItsBatch) {
  const Bert bert = model();
  PackedTokens batch;
  for (int repeat = 0; repeat < 3; ++repeat) {
    for (const auto& sequence : sequences()) batch.Add(sequence);
  }
  ASSERT_GT(batch.tokens(), 3 * 14 * FeedForward::kChunkTiles);
  BertWorkspace workspace, alone_workspace;
  const FloatView together = bert.Forward(batch, workspace);
  for (int64_t s = 0; s < batch.sequences(); ++s) {
    PackedTokens alone;
    alone.Add({batch.ids.data() + batch.offsets[s], static_cast<size_t>(batch.length(s))});
    ExpectSameBits(bert.Forward(alone, alone_workspace),
                   together.rows_from(batch.offsets[s], batch.length(s)));
  }
}

TEST_P(GoldenBert, AClockSeesEveryStage) {
  const Bert bert = model();
  BertWorkspace workspace;
  StageClock clock;
  workspace.UseClock(&clock);
  bert.Forward(AllSequences(), workspace);
  workspace.UseClock(nullptr);
  double before[kStages] = {};
  for (int stage = 0; stage < static_cast<int>(Stage::kPooling); ++stage) {
    before[stage] = clock.seconds(static_cast<Stage>(stage));
    EXPECT_GT(before[stage], 0) << StageName(static_cast<Stage>(stage));
  }
  bert.Forward(AllSequences(), workspace);
  for (int stage = 0; stage < kStages; ++stage) {
    EXPECT_EQ(before[stage], clock.seconds(static_cast<Stage>(stage)));
  }
}

INSTANTIATE_TEST_SUITE_P(Models, GoldenBert,
                         ::testing::Values("one_head", "two_heads", "four_heads", "wide_head"),
                         [](const auto& param_info) { return std::string(param_info.param); });

}  // namespace
}  // namespace dpr
