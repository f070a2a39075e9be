#include "dpr/experiments/step.h"

#include <gmock/gmock.h>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryFolder;

StepPointer Plain(const std::string& spec, const std::vector<StepPointer>& inputs, int& made,
                  int version = 1) {
  Step step;
  step.title = "a step";
  step.spec = spec;
  step.inputs = inputs;
  step.make = [&made](StepRun& run) {
    ++made;
    WriteFileAtomically(run.folder() / "result", "x");
    run.Note("fact", "7");
  };
  return MakeStep(std::move(step), version);
}

class StepTest : public ::testing::Test {
 protected:
  StepStore Store() { return StepStore(folder_.path() / "work", stop_, silent_); }

  TemporaryFolder folder_;
  std::atomic<bool> stop_ = false;
  NoProgress silent_;
  int made_ = 0;
};

TEST_F(StepTest, TheKeyIsOfAllThatDecidesTheResult) {
  const StepPointer first = Plain(R"({"a":1})", {}, made_);
  EXPECT_EQ(first->key, Plain(R"({"a":1})", {}, made_)->key);
  EXPECT_NE(first->key, Plain(R"({"a":2})", {}, made_)->key);
  EXPECT_NE(first->key, Plain(R"({"a":1})", {}, made_, 2)->key) << "another version";
  const StepPointer below = Plain(R"({"a":2})", {}, made_);
  EXPECT_NE(Plain(R"({"b":1})", {first}, made_)->key, Plain(R"({"b":1})", {below}, made_)->key)
      << "another input";
}

TEST_F(StepTest, MakesEachOnceAndInputsFirst) {
  StepStore store = Store();
  const StepPointer below = Plain(R"({"a":1})", {}, made_);
  const StepPointer left = Plain(R"({"l":1})", {below}, made_);
  const StepPointer right = Plain(R"({"r":1})", {below}, made_);
  const StepPointer top = Plain(R"({"t":1})", {left, right}, made_);
  EXPECT_EQ(StepsBehind({top}).size(), 4U);
  EXPECT_EQ(StepsBehind({top}).front(), below);
  const Path result = store.Make(top);
  EXPECT_EQ(made_, 4);
  EXPECT_TRUE(std::filesystem::exists(result / "result"));
  EXPECT_THAT(store.Facts(*top), HasSubstr("\"fact\":7"));
  store.Make(top);
  EXPECT_EQ(made_, 4);
  EXPECT_TRUE(StepsBehind({top}, &store).empty());
}

TEST_F(StepTest, AResultDoesNotNeedItsInputsAnyMore) {
  StepStore store = Store();
  const StepPointer below = Plain(R"({"a":1})", {}, made_);
  const StepPointer top = Plain(R"({"t":1})", {below}, made_);
  store.Make(top);
  RemoveAll(store.Folder(*below));
  store.Make(top);
  EXPECT_EQ(made_, 2);
}

TEST_F(StepTest, AFailedOneIsMadeAgain) {
  StepStore store = Store();
  Step step;
  step.spec = "{}";
  int tries = 0;
  step.make = [&tries](StepRun& run) {
    EXPECT_FALSE(std::filesystem::exists(run.folder() / "left")) << "it does not resume";
    WriteFileAtomically(run.folder() / "left", "x");
    if (++tries == 1) throw Error(ErrorCode::kIo, "a failure");
  };
  const StepPointer made = MakeStep(std::move(step), 1);
  EXPECT_THROW(store.Make(made), Error);
  EXPECT_FALSE(store.Has(*made));
  store.Make(made);
  EXPECT_EQ(tries, 2);
}

TEST_F(StepTest, OneThatResumesFindsWhatItLeft) {
  StepStore store = Store();
  Step step;
  step.spec = "{}";
  step.resumes = true;
  int tries = 0;
  step.make = [&tries](StepRun& run) {
    EXPECT_EQ(std::filesystem::exists(run.folder() / "left"), tries > 0);
    WriteFileAtomically(run.folder() / "left", "x");
    if (++tries == 1) throw Error(ErrorCode::kIo, "a failure");
  };
  const StepPointer made = MakeStep(std::move(step), 1);
  EXPECT_THROW(store.Make(made), Error);
  store.Make(made);
}

TEST_F(StepTest, StopsBetweenSteps) {
  StepStore store = Store();
  stop_ = true;
  try {
    store.Make(Plain("{}", {}, made_));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInterrupted);
  }
}

TEST_F(StepTest, OneProcessAtATime) {
  const StepStore store = Store();
  try {
    Store();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBusy);
  }
}

}  // namespace
}  // namespace dpr
