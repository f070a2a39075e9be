// dpr train as a user runs it, on a tiny random model: what it writes, how it goes on, what it
// refuses.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>

#include "dpr/cli/run_program_for_test.h"

namespace dpr::cli {
namespace {

using dpr::testing::TemporaryFolder;
using dpr::testing::TestData;
using ::testing::HasSubstr;
using testing::ProgramResult;
using testing::RunDpr;

namespace fs = std::filesystem;

constexpr int kKilled = 128 + 9;

const std::string& Model() {
  static const std::string model = (TestData() / "encoder" / "dpr_pair").string();
  return model;
}

// Questions that share words with their passages and with nobody else's.
std::string Examples(int count, bool hard_negatives) {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    const std::string own = std::to_string(100 + 7 * i);
    const auto passage = [](const std::string& text) {
      return nlohmann::json{{"title", "river"}, {"text", "the city of " + text + " in the river"}};
    };
    nlohmann::json example = {{"question", "who is the king of " + own + "?"},
                              {"answers", {own}},
                              {"positive_ctxs", {passage(own)}},
                              {"negative_ctxs", nlohmann::json::array()},
                              {"hard_negative_ctxs", nlohmann::json::array()}};
    if (hard_negatives && i % 3 != 0) {
      example["hard_negative_ctxs"] = {passage(std::to_string(i)), passage("the king")};
    }
    lines += example.dump() + "\n";
  }
  return lines;
}

class TrainTest : public ::testing::Test {
 protected:
  TrainTest() {
    data_ = folder_.Write("train.jsonl", Examples(26, true)).string();
    dev_ = folder_.Write("dev.jsonl", Examples(9, false)).string();
  }

  std::vector<std::string> Command(const std::string& out,
                                   const std::vector<std::string>& more = {}) const {
    std::vector<std::string> command = {"train", data_, "--model", Model(), "-o", Out(out)};
    const auto add = [&](const char* name, const char* value) {
      if (std::count(more.begin(), more.end(), name) == 0)
        command.insert(command.end(), {name, value});
    };
    add("--batch", "5");
    add("--lr", "1e-3");
    add("--epochs", "2");
    command.insert(command.end(), more.begin(), more.end());
    return command;
  }
  std::string Out(const std::string& name) const { return (folder_.path() / name).string(); }
  std::map<std::string, std::string> Weights(const std::string& out) const {
    std::map<std::string, std::string> weights;
    for (const auto& entry : fs::recursive_directory_iterator(Out(out))) {
      if (entry.path().filename() != "model.safetensors") continue;
      weights[fs::relative(entry.path(), Out(out)).string()] = ReadFile(entry.path());
    }
    return weights;
  }
  std::vector<nlohmann::json> Log(const std::string& out) const {
    std::vector<nlohmann::json> lines;
    std::istringstream log(ReadFile(Path(Out(out)) / "log.jsonl"));
    for (std::string line; std::getline(log, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }

  // A folder with a config and a vocabulary, but no weights.
  Path StartWithoutWeights() const {
    const Path start = folder_.path() / "start", encoder = Path(Model()) / "ctx_encoder";
    fs::create_directories(start);
    for (const char* name :
         {"config.json", "vocab.txt", "tokenizer.json", "tokenizer_config.json"}) {
      if (fs::exists(encoder / name)) fs::copy_file(encoder / name, start / name);
    }
    return start;
  }

  // The command with SIGTERM in its midst; nothing when it was too fast for that. A signal before
  // the run has begun ends the program at once: then it gets more time.
  static std::optional<ProgramResult> StopBySignal(const std::vector<std::string>& command) {
    ProgramResult stopped;
    for (const char* seconds : {"0.3", "0.6", "1.2", "2.5", "5", "15"}) {
      stopped = RunDpr(command, "", std::string("exec timeout --signal=TERM ") + seconds);
      if (stopped.exit_code == 0) return std::nullopt;
      if (stopped.err.find("after step") != std::string::npos) break;
    }
    EXPECT_THAT(stopped.err, HasSubstr("stopped after step"));
    return stopped;
  }

  // A folder that a kill left is a retriever of one moment, or none that can be taken for one.
  void ExpectWholeOrRefused(const std::string& out) const {
    const std::string text = folder_.Write("texts.txt", "a\n");
    const ProgramResult encoded =
        RunDpr({"encode", text, "--model", Out(out), "-o", Out("vectors.npy")});
    const bool whole = fs::exists(Path(Out(out)) / "retriever.json");
    EXPECT_EQ(encoded.exit_code == 0, whole) << encoded.err;
    fs::remove(Out("vectors.npy"));
  }

  TemporaryFolder folder_;
  std::string data_, dev_;
};

TEST_F(TrainTest, LearnsAndWritesARetrieverThatIndexTakes) {
  const ProgramResult run = RunDpr(Command("model", {"--dev", dev_, "--epochs", "30", "--json"}));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto result = nlohmann::json::parse(run.out);
  EXPECT_EQ(result.at("step"), result.at("steps"));
  EXPECT_EQ(result.at("counts").at("examples"), 5 * result.at("steps").get<int>());
  EXPECT_GT(result.at("counts").at("missing_negatives"), 0);

  double first = 0, last = 0;
  int steps = 0, devs = 0;
  for (const nlohmann::json& line : Log("model")) {
    if (line.at("kind") == "dev") ++devs;
    if (line.at("kind") != "step") continue;
    if (++steps <= 5) first += line.at("loss").get<double>() / 5;
    if (steps > 145) last += line.at("loss").get<double>() / 5;
  }
  EXPECT_EQ(steps, 150);
  EXPECT_EQ(devs, 30);
  EXPECT_LT(last, 0.6 * first);

  const std::string passages = folder_.Write("p.tsv", "id\ttext\ttitle\n1\tthe river\tcity\n");
  const ProgramResult index =
      RunDpr({"index", passages, "-o", Out("c.dpr"), "--model", Out("model")});
  EXPECT_EQ(index.exit_code, 0) << index.err;
}

TEST_F(TrainTest, EndsInTheSameWeightsHoweverManyThreads) {
  ASSERT_EQ(RunDpr(Command("one")).exit_code, 0);
  ASSERT_EQ(RunDpr(Command("two", {"--threads", "1"})).exit_code, 0);
  EXPECT_EQ(Weights("one"), Weights("two"));
  ASSERT_EQ(RunDpr(Command("other", {"--seed", "7"})).exit_code, 0);
  EXPECT_NE(Weights("one"), Weights("other"));
}

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

TEST_F(TrainTest, StopsEarlyWhenTheDevFigureGetsNoBetter) {
  const std::vector<std::string> command = Command(
      "model", {"--dev", dev_, "--dev-every", "1", "--patience", "2", "--lr", "1e-30", "--json"});
  const ProgramResult run = RunDpr(command);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto result = nlohmann::json::parse(run.out);
  EXPECT_EQ(result.at("end"), "early-stopping");
  EXPECT_EQ(result.at("step"), 3) << "the first figure is the best, two are no better";
  EXPECT_EQ(result.at("best").at("step"), 1);
  EXPECT_EQ(nlohmann::json::parse(RunDpr(command).out).at("end"), "early-stopping");
}

// As DPR does: the loss first, whose figures are no measure for the average rank that follows.
TEST_F(TrainTest, ChangesTheDevMetricInThePapersRecipe) {
  const ProgramResult run = RunDpr(Command(
      "model", {"--preset", "dpr-nq", "--dev", dev_, "--epochs", "31", "--lr", "1e-30", "--json"}));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  std::vector<std::string> metrics;
  for (const nlohmann::json& line : Log("model")) {
    if (line.at("kind") != "dev") continue;
    metrics.push_back(line.at("metric"));
    const bool ranks = metrics.back() == "average-rank";
    EXPECT_EQ(line.contains("average_rank"), ranks) << "the pool is not encoded for the loss";
    EXPECT_EQ(line.at("best"), metrics.size() == 1 || metrics.size() == 30) << metrics.size();
  }
  std::vector<std::string> expected(29, "nll");
  expected.insert(expected.end(), 2, "average-rank");
  EXPECT_EQ(metrics, expected);
  EXPECT_EQ(nlohmann::json::parse(run.out).at("best").at("metric"), "average-rank");
}

TEST_F(TrainTest, WeighsTheLossOfASet) {
  const auto first_norm = [&](const std::string& out, const std::vector<std::string>& more) {
    EXPECT_EQ(RunDpr(Command(out, more)).exit_code, 0);
    for (const nlohmann::json& line : Log(out)) {
      if (line.at("kind") == "step") return line.at("gradient_norm").get<double>();
    }
    return 0.0;
  };
  const double plain = first_norm("plain", {});
  EXPECT_GT(plain, 0);
  EXPECT_NEAR(first_norm("weighted", {"--loss-weights", "4"}), 4 * plain, 1e-5 * plain);
}

TEST_F(TrainTest, AddsAProjection) {
  const Path start = StartWithoutWeights();
  const Path config = start / "config.json";
  auto json = nlohmann::json::parse(ReadFile(config));
  json["projection_dim"] = 0;
  WriteFileAtomically(config, json.dump());
  const auto train = [&](const std::string& from, const std::string& out,
                         const std::vector<std::string>& more) {
    std::vector<std::string> command = Command(out, more);
    std::replace(command.begin(), command.end(), Model(), from);
    return RunDpr(command);
  };
  const auto shape = [&](const std::string& model) {
    const std::string texts = folder_.Write("texts.txt", "a\nb\n");
    fs::remove(Out("v.npy"));
    EXPECT_EQ(RunDpr({"encode", texts, "--model", Out(model), "-o", Out("v.npy")}).exit_code, 0);
    const std::string header = ReadFile(Out("v.npy"));
    return header.substr(header.find('('), header.find(')') + 1 - header.find('('));
  };
  ASSERT_EQ(train(start.string(), "plain", {}).exit_code, 0);
  EXPECT_EQ(shape("plain"), "(2, 16)");
  ASSERT_EQ(train(Out("plain"), "projected", {"--projection", "5"}).exit_code, 0);
  EXPECT_EQ(shape("projected"), "(2, 5)");
  ASSERT_EQ(train(start.string(), "random", {"--projection", "7"}).exit_code, 0);
  EXPECT_EQ(shape("random"), "(2, 7)");
  EXPECT_THAT(train(Out("projected"), "other", {"--projection", "6"}).err,
              HasSubstr("a projection to 5 numbers already"));
  EXPECT_EQ(train(Out("projected"), "same", {"--projection", "5"}).exit_code, 0);
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

TEST_F(TrainTest, SaysBeforeItStartsWhenThereIsNothingToLearn) {
  const std::string plain = folder_.Write("plain.jsonl", Examples(6, false));
  const auto run = [&](const std::vector<std::string>& more) {
    std::vector<std::string> command = {"train", plain, "--model", Model(), "-o", Out("none")};
    command.insert(command.end(), more.begin(), more.end());
    const ProgramResult result = RunDpr(command);
    EXPECT_NE(result.exit_code, 0);
    EXPECT_FALSE(fs::exists(Path(Out("none")) / "checkpoints"));
    return result.err;
  };
  EXPECT_THAT(run({"--batch", "1"}), HasSubstr("there is nothing to learn from"));
  EXPECT_THAT(run({"--no-in-batch"}), HasSubstr("there is nothing to learn from"));
  EXPECT_THAT(run({"--hard-negatives", "2"}), HasSubstr("no example has any"));
  EXPECT_THAT(run({"--share", "--freeze", "passage"}), HasSubstr("nothing to learn"));
  EXPECT_THAT(run({"--scale", "20"}), HasSubstr("--similarity cosine"));
  EXPECT_THAT(run({"--sampling-rates", "0.2"}), HasSubstr("there is nothing to learn from"));
  EXPECT_THAT(run({"--lr", "nan"}), HasSubstr("--lr"));
  const std::string empty = folder_.Write(
      "empty.jsonl", R"({"question":"q","answers":[],"positive_ctxs":[],"hard_negative_ctxs":[]})"
                     "\n");
  const ProgramResult no_positives = RunDpr({"train", empty, "--model", Model(), "-o", Out("x")});
  EXPECT_EQ(no_positives.exit_code, 1);
  EXPECT_THAT(no_positives.err, HasSubstr("empty.jsonl"));
}

TEST_F(TrainTest, WarnsThatTheDevSetIsTheTrainingSet) {
  const ProgramResult run = RunDpr(Command("model", {"--dev", data_}));
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.err, HasSubstr("warning:"));
  EXPECT_THAT(run.err, HasSubstr("are the same examples"));
}

TEST_F(TrainTest, StopsAtALossThatIsNotFiniteAndKeepsTheLastGoodCheckpoint) {
  const ProgramResult run = RunDpr(Command(
      "model", {"--lr", "1e30", "--warmup", "4", "--checkpoint-every", "1", "--clip", "0"}));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("at step "));
  EXPECT_THAT(run.err, HasSubstr("train.jsonl, line "));
  // The state behind the last step has weights that are no numbers, and goes.
  const auto last = Log("model").back();
  ASSERT_EQ(last["kind"], "checkpoint");
  const int64_t kept = last["step"].get<int64_t>() - 1;
  ASSERT_GE(kept, 1);
  const std::string name = fmt::format("checkpoints/step-{:09}", kept);
  EXPECT_THAT(run.err, HasSubstr(name));
  EXPECT_TRUE(fs::exists(Path(Out("model")) / name));
  EXPECT_FALSE(fs::exists(Path(Out("model")) / fmt::format("checkpoints/step-{:09}", kept + 1)));
}

TEST_F(TrainTest, TakesNoWeightsThatAreNoNumbersForTheBest) {
  const ProgramResult run =
      RunDpr(Command("model", {"--lr", "1e30", "--warmup", "4", "--clip", "0", "--precision", "f32",
                               "--dev", dev_, "--dev-every", "1"}));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("the dev set's loss is"));
  for (const auto& line : Log("model")) {
    if (line["kind"] == "dev") {
      EXPECT_TRUE(line["nll"].is_number()) << line;
    }
  }
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

TEST_F(TrainTest, ChecksItsGradientsOnTheUsersDataAndModel) {
  std::vector<std::string> command = {"train",   data_, "--model",          Model(),
                                      "--batch", "8",   "--check-gradients"};
  const ProgramResult text = RunDpr(command);
  EXPECT_EQ(text.exit_code, 0) << text.err << text.out;
  EXPECT_THAT(text.out, HasSubstr("question.embeddings.word_embeddings.weight"));
  command.emplace_back("--json");
  const auto json = nlohmann::json::parse(RunDpr(command).out);
  EXPECT_EQ(json.at("holds"), true);
  EXPECT_GE(json.at("micro_batches"), 4);
  EXPECT_GT(json.at("tensors").size(), 20u);
}

TEST_F(TrainTest, StartsFromRandomWeightsWithEachPooling) {
  const Path start = StartWithoutWeights();
  const auto command = [&](const std::string& out, const std::string& pooling) {
    return std::vector<std::string>{"train",     data_,    "--model", start.string(),
                                    "-o",        Out(out), "--batch", "5",
                                    "--pooling", pooling,  "--steps", "3"};
  };
  for (const std::string pooling : {"cls", "mean", "pooler"}) {
    const ProgramResult result = RunDpr(command(pooling, pooling));
    EXPECT_EQ(result.exit_code, 0) << pooling << result.err;
    EXPECT_EQ(RunDpr({"inspect", Out(pooling)}).exit_code, 0);
  }
  std::string words = ReadFile(start / "vocab.txt");
  const size_t last = words.rfind('\n', words.size() - 2);
  words = words.substr(0, last + 1) + "another\n";
  WriteFileAtomically(start / "vocab.txt", words);
  EXPECT_THAT(RunDpr(command("cls", "cls")).err, HasSubstr("the model that it starts from"));
}

TEST_F(TrainTest, TrainsEachSimilarityLossAndPooling) {
  int run = 0;
  for (const std::vector<std::string>& more :
       std::vector<std::vector<std::string>>{{"--similarity", "cosine", "--learn-scale"},
                                             {"--similarity", "l2"},
                                             {"--similarity", "l2-squared", "--loss", "triplet"},
                                             {"--loss", "triplet", "--hardest-only"},
                                             {"--pooling", "mean"},
                                             {"--freeze", "passage"},
                                             {"--preset", "dpr-nq"}}) {
    const std::string out = "run" + std::to_string(run++);
    const ProgramResult result = RunDpr(Command(out, more));
    EXPECT_EQ(result.exit_code, 0) << more[1] << result.err;
    EXPECT_EQ(RunDpr({"inspect", Out(out)}).exit_code, 0);
  }
}

}  // namespace
}  // namespace dpr::cli
