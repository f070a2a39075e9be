// dpr train as a user runs it, on a tiny random model: what it writes, what it refuses.
#include "dpr/cli/train_for_test.h"

namespace dpr::cli {
namespace {

using testing::Examples;
using ::testing::HasSubstr;
using testing::ProgramResult;
using testing::RunDpr;
using testing::StartModel;
using testing::TrainTest;

namespace fs = std::filesystem;

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
    std::replace(command.begin(), command.end(), StartModel(), from);
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

TEST_F(TrainTest, SaysBeforeItStartsWhenThereIsNothingToLearn) {
  const std::string plain = folder_.Write("plain.jsonl", Examples(6, false));
  const auto run = [&](const std::vector<std::string>& more) {
    std::vector<std::string> command = {"train", plain, "--model", StartModel(), "-o", Out("none")};
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
  const ProgramResult no_positives =
      RunDpr({"train", empty, "--model", StartModel(), "-o", Out("x")});
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

TEST_F(TrainTest, ChecksItsGradientsOnTheUsersDataAndModel) {
  std::vector<std::string> command = {"train",   data_, "--model",          StartModel(),
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
