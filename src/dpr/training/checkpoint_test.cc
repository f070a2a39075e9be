// Checkpoints on disk: what comes back, what is refused, which of them stay.
#include "dpr/training/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/base/test_full_disk.h"
#include "dpr/bert/weights.h"
#include "dpr/training/batches.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

std::unique_ptr<Bert> TinyBert() {
  const Path folder = testing::TestData() / "bert" / "four_heads";
  auto bert = std::make_unique<Bert>(BertWeights::FromFolder(folder));
  bert->MakeTrainable(false);
  return bert;
}

class CheckpointTest : public ::testing::Test {
 protected:
  CheckpointTest()
      : bert_(TinyBert()),
        gradients_(bert_->parameters().all().size()),
        array_(bert_->parameters(), gradients_) {}

  void Write(int64_t step) {
    TrainingState state;
    state.step = step;
    state.settings = R"({"lr":2e-05,"batch":5})";
    state.counts = BatchCounts{}.Json();
    state.seconds = 1.0 / 3;
    state.best = 0.1;
    WriteCheckpoint(run(), state, {{"question", &array_}});
  }
  void Read(const Path& checkpoint) {
    ReadCheckpointArrays(checkpoint, ReadCheckpointState(checkpoint), {{"question", &array_}});
  }
  std::string Refused(const Path& checkpoint) {
    try {
      Read(checkpoint);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << error.what();
      return error.what();
    }
    return "accepted";
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(run() / "checkpoints")) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  Path run() const { return folder_.path() / "run"; }

  testing::TemporaryFolder folder_;
  std::unique_ptr<Bert> bert_;
  std::vector<float> gradients_;
  OptimizedArray array_;
};

// Another text of the same length in the place of the first `from`.
void Replace(const Path& file, const std::string& from, const std::string& to) {
  std::string content = ReadFile(file);
  const size_t place = content.find(from);
  ASSERT_NE(place, std::string::npos);
  WriteFileAtomically(file, content.replace(place, from.size(), to));
}

TEST_F(CheckpointTest, GivesBackWhatWasWritten) {
  array_.mean()[3] = 0.25F;
  array_.square()[4] = 1e-30F;
  const float first = array_.parameters->all()[0];
  Write(7);
  array_.mean()[3] = array_.square()[4] = array_.parameters->all()[0] = 99;
  const Path checkpoint = FindCheckpoint(run()).value();
  Read(checkpoint);
  EXPECT_EQ(array_.mean()[3], 0.25F);
  EXPECT_EQ(array_.square()[4], 1e-30F);
  EXPECT_EQ(array_.parameters->all()[0], first);
  const TrainingState state = ReadCheckpointState(checkpoint);
  EXPECT_EQ(state.step, 7);
  EXPECT_EQ(state.seconds, 1.0 / 3);
  EXPECT_EQ(state.best, 0.1);
}

TEST_F(CheckpointTest, IsRefusedWithAnyByteOfAnArrayChanged) {
  Write(1);
  const Path checkpoint = FindCheckpoint(run()).value();
  const Path file = checkpoint / "question.safetensors";
  const std::string whole = ReadFile(file);
  for (const size_t place : {whole.size() / 3, whole.size() / 2, whole.size() - 1}) {
    std::string damaged = whole;
    damaged[place] ^= 1;
    WriteFileAtomically(file, damaged);
    EXPECT_THAT(Refused(checkpoint), HasSubstr("question.safetensors")) << place;
  }
  WriteFileAtomically(file, whole);
  EXPECT_EQ(Refused(checkpoint), "accepted");
}

TEST_F(CheckpointTest, IsRefusedWithItsStateChanged) {
  const std::vector<std::pair<std::string, std::string>> damages = {
      {"\"step\": 7", "\"step\": 6"}, {"\"batch\": 5", "\"batch\": 4"}, {"\"hash\"", "\"hush\""}};
  for (const auto& [from, to] : damages) {
    Write(7);
    const Path checkpoint = FindCheckpoint(run()).value();
    Replace(checkpoint / "state.json", from, to);
    EXPECT_THAT(Refused(checkpoint), HasSubstr("state.json")) << to;
  }
}

TEST_F(CheckpointTest, IsRefusedWithACountMissing) {
  TrainingState state;
  state.settings = "{}";
  state.counts = R"({"masked":1})";
  try {
    TrainingState::FromJson(state.Json(), "state.json");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  }
}

TEST_F(CheckpointTest, OnlyTheLastTwoStay) {
  for (const int64_t step : {1, 2, 3, 10}) Write(step);
  EXPECT_THAT(Names(), ElementsAre("step-000000003", "step-000000010"));
}

TEST_F(CheckpointTest, TheOneBeforeIsThereWhenTheLatestIsDropped) {
  Write(3);
  Write(4);
  EXPECT_EQ(DropLatestCheckpoint(run()), run() / "checkpoints" / "step-000000003");
  EXPECT_EQ(ReadCheckpointState(FindCheckpoint(run()).value()).step, 3);
  EXPECT_EQ(DropLatestCheckpoint(run()), std::nullopt);
  EXPECT_EQ(FindCheckpoint(run()), std::nullopt);
}

TEST_F(CheckpointTest, ThatDoesNotFitOnTheDiskLeavesNothingBehind) {
  Write(1);
  {
    const testing::FullDisk full(4096);
    EXPECT_THROW(Write(2), Error);
  }
  EXPECT_THAT(Names(), ElementsAre("step-000000001"));
  EXPECT_EQ(Refused(FindCheckpoint(run()).value()), "accepted");
}

}  // namespace
}  // namespace dpr
