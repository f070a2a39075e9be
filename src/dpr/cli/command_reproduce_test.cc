// dpr reproduce as a user runs it: killed and given again, refused, listed.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "dpr/cli/run_program_for_test.h"
#include "dpr/experiments/tiny_squad_for_test.h"
#include "dpr/report/well_formed_for_test.h"

namespace dpr::cli {
namespace {

using dpr::testing::TemporaryFolder;
using ::testing::HasSubstr;
using testing::ProgramResult;
using testing::RunDpr;
using Json = nlohmann::ordered_json;

constexpr int kKilled = 128 + 9;

class ReproduceCommand : public ::testing::Test {
 protected:
  ReproduceCommand() {
    folder_.Write("data/squad.json", dpr::testing::TinySquad(30));
    Json experiment = dpr::testing::TinyExperiment();
    // What needs no pretraining, each kind of step once.
    for (const char* name : {"pretrained"}) experiment["encoders"].erase(name);
    experiment["variants"]["trained"]["encoder"] = "random";
    experiment["variants"]["second"]["encoder"] = "random";
    experiment["variants"].erase("updates");
    experiment["variants"].erase("absent");
    experiment["seeds"] = {1};
    experiment["train_examples"] = 12;
    folder_.Write("tiny.json", experiment.dump());
  }
  std::vector<std::string> Command(const std::string& out) const {
    return {"reproduce", At("tiny.json"), "--data",      At("data"), "--model", Model(),
            "-o",        At(out),         "--precision", "f32"};
  }
  static std::string Model() { return (dpr::testing::TestData() / "encoder" / "st_mean").string(); }
  std::string At(const std::string& name) const { return (folder_.path() / name).string(); }
  // The figures, without the times.
  Json Tables(const std::string& out) const {
    return Json::parse(ReadFile(Path(At(out)) / "tiny.json"))["tables"];
  }

  TemporaryFolder folder_;
};

TEST_F(ReproduceCommand, AfterAKillAnywhereItGoesOnToTheSameFigures) {
  const ProgramResult whole = RunDpr(Command("whole"));
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  constexpr const char* kMoments[] = {"experiment.begun", "experiment.made", "experiment.named"};
  int kills = 0;
  for (;; ++kills) {
    const std::string at =
        std::string(kMoments[kills % 3]) + ":" + std::to_string(1 + kills / 3 % 2);
    const ProgramResult killed = RunDpr(Command("killed"), "", "DPR_KILL_AT=" + at);
    if (killed.exit_code == 0) break;
    ASSERT_EQ(killed.exit_code, kKilled) << killed.err;
  }
  EXPECT_EQ(Tables("killed"), Tables("whole"));
  EXPECT_GT(kills, 15);
}

TEST_F(ReproduceCommand, GoesOnInTheMidstOfAStep) {
  ASSERT_EQ(RunDpr(Command("whole")).exit_code, 0);
  for (const char* at : {"training.step:2", "experiment.encoded:1", "block.committed:1"}) {
    EXPECT_EQ(RunDpr(Command("killed"), "", "DPR_KILL_AT=" + std::string(at)).exit_code, kKilled);
  }
  ASSERT_EQ(RunDpr(Command("killed")).exit_code, 0);
  EXPECT_EQ(Tables("killed"), Tables("whole"));
}

TEST_F(ReproduceCommand, SaysHowLongItWillTakeAndWhatItsOwnShareWas) {
  const ProgramResult result = RunDpr(Command("out"));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("this will take about"));
  EXPECT_THAT(result.out, HasSubstr("the runner's own"));
  EXPECT_THAT(result.out, HasSubstr("index.html"));
}

TEST_F(ReproduceCommand, RefusesWithWrongUsage) {
  EXPECT_EQ(RunDpr({"reproduce", "negatves", "--data", At("data"), "-o", At("o")}).exit_code, 2);
  EXPECT_THAT(RunDpr({"reproduce", "negatves", "--data", At("data"), "-o", At("o")}).err,
              HasSubstr("`negatives`"));
  EXPECT_EQ(RunDpr({"reproduce", "negatives", "-o", At("o")}).exit_code, 2);
  EXPECT_EQ(RunDpr({"reproduce", "--data", At("data"), "-o", At("o"), "--size", "tiny"}).exit_code,
            2);
}

TEST_F(ReproduceCommand, ListsTheExperiments) {
  const ProgramResult listed = RunDpr({"reproduce", "--list", "--json"});
  ASSERT_EQ(listed.exit_code, 0) << listed.err;
  const Json list = Json::parse(listed.out);
  std::vector<std::string> names;
  for (const Json& one : list["experiments"]) names.push_back(one["name"]);
  for (const char* name : {"negatives", "samples", "similarity", "zero-shot"}) {
    EXPECT_THAT(names, ::testing::Contains(name));
  }
}

TEST(ExtendedReproduce, SmokeOnRealData) {
  const Path model = dpr::testing::RealModel(), data = dpr::testing::SharedData();
  if (!std::filesystem::exists(model) || !std::filesystem::exists(data / "squad")) {
    GTEST_SKIP() << "needs the real encoder (./dev fetch) and " << data;
  }
  const TemporaryFolder folder;
  const Path out = folder.path() / "out";
  const ProgramResult result =
      RunDpr({"reproduce", "samples", "--data", data.string(), "--model", model.string(), "-o",
              out.string(), "--size", "smoke", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(WellFormedCheck::Problem(ReadFile(out / "index.html")), "");
  const Json samples = Json::parse(ReadFile(out / "samples.json"));
  EXPECT_FALSE(samples["variants"]["real-1"].contains("not_run"));
}

}  // namespace
}  // namespace dpr::cli
