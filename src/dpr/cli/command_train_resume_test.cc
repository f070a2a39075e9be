// dpr train stopped, killed, asked again: how it goes on, and what it does not go on with.
#include "dpr/cli/train_for_test.h"

namespace dpr::cli {
namespace {

using testing::Examples;
using ::testing::HasSubstr;
using testing::kKilled;
using testing::ProgramResult;
using testing::RunDpr;
using testing::TrainTest;

namespace fs = std::filesystem;

TEST_F(TrainTest, KilledAnywhereEndsInTheSameWeights) {
  // On the training set itself the figure improves: the best is replaced.
  const std::vector<std::string> more = {"--dev",        data_, "--dev-every",        "4",
                                         "--dev-metric", "nll", "--checkpoint-every", "3"};
  const Path counts = folder_.path() / "counts";
  ASSERT_EQ(RunDpr(Command("whole", more), "", "DPR_KILL_COUNT=" + counts.string()).exit_code, 0);
  const auto expected = Weights("whole");
  std::istringstream lines(ReadFile(counts));
  std::map<std::string, int> points;
  std::string name;
  for (int count = 0; lines >> name >> count;) points[name] = count;
  EXPECT_EQ(points.count("training.step") + points.count("training.dev") +
                points.count("training.best") + points.count("checkpoint.begin") +
                points.count("checkpoint.array") + points.count("checkpoint.state") +
                points.count("checkpoint.renamed") + points.count("training.written") +
                points.count("retriever.replaced") + points.count("retriever.placed"),
            10u);
  int kills = 0;
  for (const auto& [point, count] : points) {
    for (const int n : std::set<int>{1, (count + 1) / 2, count}) {
      const std::string out = "killed" + std::to_string(kills++);
      const std::string at = "DPR_KILL_AT=" + point + ":" + std::to_string(n);
      ASSERT_EQ(RunDpr(Command(out, more), "", at).exit_code, kKilled) << at;
      ExpectWholeOrRefused(out);
      const ProgramResult again = RunDpr(Command(out, more));
      ASSERT_EQ(again.exit_code, 0) << at << again.err;
      EXPECT_EQ(Weights(out), expected) << at;
      int steps = 0;
      for (const nlohmann::json& line : Log(out)) steps += line.at("kind") == "step" ? 1 : 0;
      EXPECT_EQ(steps, 10) << at;
    }
  }
  EXPECT_GE(kills, 20);
}

TEST_F(TrainTest, StopsAtASignalWithACheckpointAndGoesOn) {
  const std::vector<std::string> more = {"--epochs", "400"};
  ASSERT_EQ(RunDpr(Command("whole", more)).exit_code, 0);
  const std::optional<ProgramResult> stopped = StopBySignal(Command("stopped", more));
  if (!stopped) GTEST_SKIP() << "too fast to be stopped";
  EXPECT_THAT(stopped->err, HasSubstr("Give the same command again to go on"));
  EXPECT_TRUE(fs::exists(Path(Out("stopped")) / "checkpoints"));
  const ProgramResult again = RunDpr(Command("stopped", more));
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("going on after step"));
  EXPECT_EQ(Weights("stopped"), Weights("whole"));
}

// Nearly all of the time goes into evaluations, so that the signal meets one.
TEST_F(TrainTest, StopsWithinAnEvaluationAndDoesItAgain) {
  const std::string large = folder_.Write("large.jsonl", Examples(3000, true));
  const std::vector<std::string> more = {"--dev", large, "--dev-every", "1", "--steps", "6"};
  std::vector<std::string> command = Command("whole", more);
  command.erase(std::find(command.begin(), command.end(), "--epochs"),
                std::find(command.begin(), command.end(), "--epochs") + 2);
  ASSERT_EQ(RunDpr(command).exit_code, 0);
  std::replace(command.begin(), command.end(), Out("whole"), Out("stopped"));
  const std::optional<ProgramResult> stopped = StopBySignal(command);
  if (!stopped) GTEST_SKIP() << "too fast to be stopped";
  ASSERT_EQ(RunDpr(command).exit_code, 0);
  EXPECT_EQ(Weights("stopped"), Weights("whole"));
  const auto devs = [&](const std::string& out) {
    std::vector<nlohmann::json> lines = Log(out);
    std::erase_if(lines, [](const nlohmann::json& line) { return line.at("kind") != "dev"; });
    return lines;
  };
  EXPECT_EQ(devs("whole").size(), 6u);
  EXPECT_EQ(devs("stopped"), devs("whole"));
}

TEST_F(TrainTest, DoesNothingWhenTheRunIsFinished) {
  ASSERT_EQ(RunDpr(Command("model")).exit_code, 0);
  const auto before = Weights("model");
  const ProgramResult again = RunDpr(Command("model"));
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, HasSubstr("this run is finished"));
  EXPECT_EQ(Weights("model"), before);
}

TEST_F(TrainTest, RefusesAFolderOfOtherSettingsAndNamesThem) {
  ASSERT_EQ(RunDpr(Command("model")).exit_code, 0);
  const ProgramResult other = RunDpr(Command("model", {"--dropout", "0.2", "--seed", "9"}));
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, HasSubstr("dropout: 0.2, 0.1; seed: 9, 12345"));
  folder_.Write("full/notes.txt", "not ours");
  const ProgramResult full = RunDpr(Command("full"));
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_THAT(full.err, HasSubstr("the folder holds something else"));
  const Path log = folder_.Write("foreign/log.jsonl", "{\"kind\":\"somebody's\"}\n");
  EXPECT_EQ(RunDpr(Command("foreign")).exit_code, 1);
  EXPECT_EQ(ReadFile(log), "{\"kind\":\"somebody's\"}\n");
}

TEST_F(TrainTest, RefusesOtherLengthsAndMicroBatchesForTheSameRun) {
  ASSERT_EQ(RunDpr(Command("model", {"--max-length", "16"})).exit_code, 0);
  EXPECT_THAT(RunDpr(Command("model", {"--max-length", "12"})).err,
              HasSubstr("max_length: 12, 16"));
  EXPECT_THAT(RunDpr(Command("model", {"--max-length", "16", "--micro-batch-tokens", "50"})).err,
              HasSubstr("micro_batch_tokens: 50, "));
}

TEST_F(TrainTest, RefusesADamagedCheckpointAndNamesTheFile) {
  const std::vector<std::string> command = Command("model", {"--checkpoint-every", "2"});
  ASSERT_EQ(RunDpr(command, "", "DPR_KILL_AT=training.step:5").exit_code, kKilled);
  const Path file = Path(Out("model")) / "checkpoints/step-000000004/question.safetensors";
  std::string content = ReadFile(file);
  content[content.size() / 2] ^= 1;
  WriteFileAtomically(file, content);
  const ProgramResult refused = RunDpr(command);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("question.safetensors"));
  fs::remove_all(file.parent_path());
  ASSERT_EQ(RunDpr(command).exit_code, 0);
  ASSERT_EQ(RunDpr(Command("whole")).exit_code, 0);
  EXPECT_EQ(Weights("model"), Weights("whole")) << "from the checkpoint before";
}

TEST_F(TrainTest, RefusesASecondRunInTheSameFolder) {
  fs::create_directories(Out("model"));
  const FileLock lock(Path(Out("model")) / "log.jsonl", "the training run");
  const ProgramResult second = RunDpr(Command("model"));
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, HasSubstr("log.jsonl"));
}

TEST_F(TrainTest, KeepsASecondCopyOfTheWholeLog) {
  const std::string copy = Out("copy.jsonl");
  const std::vector<std::string> command =
      Command("model", {"--json-log", copy, "--checkpoint-every", "2"});
  ASSERT_EQ(RunDpr(command, "", "DPR_KILL_AT=training.step:5").exit_code, kKilled);
  ASSERT_EQ(RunDpr(command).exit_code, 0);
  EXPECT_EQ(ReadFile(copy), ReadFile(Path(Out("model")) / "log.jsonl"));
  const std::string own = Out("other/log.jsonl");
  EXPECT_NE(RunDpr(Command("other", {"--json-log", own})).exit_code, 0);
}

TEST_F(TrainTest, NamesTheFileWhenTheDiskIsFullAndGoesOnAfterwards) {
  const ProgramResult full = RunDpr(Command("model"), "", "ulimit -f 16;");
  EXPECT_EQ(full.exit_code, 1) << full.err;
  EXPECT_THAT(full.err, HasSubstr("model"));
  const ProgramResult again = RunDpr(Command("model"));
  EXPECT_EQ(again.exit_code, 0) << again.err;
  ASSERT_EQ(RunDpr(Command("whole")).exit_code, 0);
  EXPECT_EQ(Weights("model"), Weights("whole"));
}

}  // namespace
}  // namespace dpr::cli
