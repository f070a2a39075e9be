// dpr pretrain: each task on a few articles, going on after kills, what it refuses.
#include "dpr/cli/train_for_test.h"

namespace dpr::cli {
namespace {

using ::testing::HasSubstr;
using testing::kKilled;
using testing::ProgramResult;
using testing::RunDpr;
using testing::StartModel;
using testing::TrainTest;

namespace fs = std::filesystem;

// 40 articles of 3 passages with few words, so that there is something to learn.
std::string Articles() {
  const char* words[] = {"river", "king", "city", "sea", "moon", "iron", "tree", "stone"};
  std::string lines = "id\ttext\ttitle\n";
  for (int article = 0; article < 40; ++article) {
    for (int passage = 0; passage < 3; ++passage) {
      const std::string own = words[article % 8], other = words[(article / 8 + 3) % 8];
      std::string text;
      for (int sentence = 0; sentence < 3; ++sentence) {
        text += "The " + own + " of the " + other + " is number " +
                std::to_string(article * passage + sentence) + ". ";
      }
      lines += std::to_string(article * 3 + passage) + "\t" + text + "\tArticle " +
               std::to_string(article) + "\n";
    }
  }
  return lines;
}

class PretrainTest : public TrainTest {
 protected:
  PretrainTest() {
    texts_ = folder_.Write("texts.tsv", Articles()).string();
    config_ = folder_
                  .Write("config.json",
                         R"({"model_type":"bert","vocab_size":400,"hidden_size":32,
      "num_hidden_layers":2,"num_attention_heads":2,"intermediate_size":64,
      "max_position_embeddings":64,"type_vocab_size":2})")
                  .string();
  }
  std::vector<std::string> Pretrain(const std::string& out,
                                    const std::vector<std::string>& more = {}) const {
    std::vector<std::string> command = {"pretrain", texts_, "-o", Out(out)};
    const auto is_there = [&](const std::string& word) {
      return std::count(more.begin(), more.end(), word) > 0;
    };
    const auto add = [&](const char* name, const std::string& value) {
      if (!is_there(name)) command.insert(command.end(), {name, value});
    };
    add("--config", config_);
    add("--tokens", "6000");
    add("--lr", "3e-3");
    add("--vocab-size", "300");
    add("--held-out", "0.2");
    add("--precision", "f32");
    if (!is_there("ict") && !is_there("crops")) {
      add("--batch-tokens", "500");
      add("--max-length", "48");
    }
    command.insert(command.end(), more.begin(), more.end());
    return command;
  }
  std::string texts_, config_;
};

TEST_F(PretrainTest, LearnsMaskedWordsAndLeavesABertThatOthersOpen) {
  const ProgramResult done = RunDpr(Pretrain("model", {"--tokens", "60000", "--json"}));
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const auto json = nlohmann::json::parse(done.out);
  EXPECT_EQ(json.at("task"), "mlm");
  EXPECT_EQ(json.at("steps"), 120);
  EXPECT_GE(json.at("tokens"), 60000);
  double first = 0, last = 0;
  for (const nlohmann::json& line : Log("model")) {
    if (line.at("kind") != "dev") continue;
    if (first == 0) first = line.at("word_loss");
    last = line.at("word_loss");
    EXPECT_GT(line.at("pairs"), 0);
  }
  // It begins at the frequencies of pieces: what is learned beyond them is their context.
  EXPECT_LT(last, .9 * first) << "what is held back is learned, too";
  EXPECT_LT(last, .6 * std::log(300)) << "beside a model that knows nothing of its 300 pieces";
  EXPECT_TRUE(fs::exists(Path(Out("model")) / "report.html"));
  const std::string text = folder_.Write("lines.txt", "the king of the sea\n").string();
  for (const char* pooling : {"cls", "mean", "pooler"}) {
    EXPECT_EQ(RunDpr({"encode", text, "--model", Out("model"), "--pooling", pooling, "-o",
                      Out("vectors.npy")})
                  .exit_code,
              0);
  }
  const std::vector<std::string> train = {"train", data_,          "--model", Out("model"),
                                          "-o",    Out("trained"), "--steps", "2"};
  EXPECT_EQ(RunDpr(train).exit_code, 0);
}

// A few passages would choose the best by chance.
TEST_F(PretrainTest, HoldsNothingBackOfALittleTextUnlessAsked) {
  const ProgramResult done =
      RunDpr({"pretrain", texts_, "--config", config_, "--vocab-size", "300", "--tokens", "2000",
              "--batch-tokens", "500", "--max-length", "48", "-o", Out("model")});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  for (const nlohmann::json& line : Log("model")) EXPECT_NE(line.at("kind"), "dev");
}

TEST_F(PretrainTest, GoesOnFromItsOwnResultWithItsHeads) {
  ASSERT_EQ(RunDpr(Pretrain("model", {"--tokens", "40000"})).exit_code, 0);
  const std::vector<std::string> more = {
      "pretrain", texts_,           "--model", Out("model"),   "-o", Out("more"),  "--tokens",
      "2000",     "--batch-tokens", "500",     "--max-length", "48", "--held-out", "0.2"};
  const ProgramResult done = RunDpr(more);
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(done.err.find("begin at random"), std::string::npos) << done.err;
  double last = 0, next = 0;
  for (const nlohmann::json& line : Log("model")) {
    if (line.at("kind") == "dev") last = line.at("word_loss");
  }
  for (const nlohmann::json& line : Log("more")) {
    if (line.at("kind") == "dev" && next == 0) next = line.at("word_loss");
  }
  EXPECT_NEAR(next, last, .25 * last);
  const ProgramResult plain =
      RunDpr({"pretrain", texts_, "--model", (Path(StartModel()) / "ctx_encoder").string(), "-o",
              Out("plain"), "--tokens", "600", "--batch-tokens", "300", "--max-length", "32"});
  EXPECT_EQ(plain.exit_code, 0) << plain.err;
  EXPECT_THAT(plain.err, HasSubstr("no heads for pretraining: they begin at random"));
}

TEST_F(PretrainTest, LearnsFromSentencesAndCropsWithoutLabels) {
  for (const std::string task : {"ict", "crops"}) {
    const ProgramResult done =
        RunDpr(Pretrain(task, {"--task", task, "--batch", "12", "--tokens", "20000", "--json"}));
    ASSERT_EQ(done.exit_code, 0) << done.err;
    const auto json = nlohmann::json::parse(done.out);
    EXPECT_NEAR(json.at("tokens").get<double>(), 20000, 4000);
    EXPECT_TRUE(fs::exists(Path(Out(task)) / "retriever.json"));
    double first = -1, last = 0;
    for (const nlohmann::json& line : Log(task)) {
      if (line.at("kind") != "step") continue;
      if (first < 0) first = line.at("loss");
      last = line.at("loss");
    }
    EXPECT_LT(last, first) << task;
  }
}

TEST_F(PretrainTest, AdaptsAModelInItsOwnWay) {
  const std::string model = (dpr::testing::TestData() / "encoder" / "st_mean").string();
  const ProgramResult done = RunDpr({"pretrain", texts_, "--task", "ict", "--model", model, "-o",
                                     Out("adapted"), "--tokens", "3000", "--batch", "8"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const auto json = nlohmann::json::parse(ReadFile(Path(Out("adapted")) / "retriever.json"));
  EXPECT_EQ(json.at("pooling"), "mean");
  EXPECT_EQ(json.at("question_encoder"), json.at("passage_encoder"));
}

TEST_F(PretrainTest, ReadsACollection) {
  ASSERT_EQ(RunDpr({"index", texts_, "-o", Out("c.dpr"), "--bm25"}).exit_code, 0);
  const ProgramResult from_file = RunDpr(Pretrain("file"));
  ASSERT_EQ(from_file.exit_code, 0) << from_file.err;
  texts_ = Out("c.dpr");
  ASSERT_EQ(RunDpr(Pretrain("collection")).exit_code, 0);
  EXPECT_EQ(Weights("collection"), Weights("file"));
}

TEST_F(PretrainTest, KilledAnywhereEndsInTheSameWeights) {
  for (const std::string task : {"mlm", "ict"}) {
    std::vector<std::string> more = {"--checkpoint-every", "3", "--dev-every", "4", "--task", task};
    if (task == "ict") more.insert(more.end(), {"--batch", "6"});
    const Path counts = folder_.path() / (task + "-counts");
    ASSERT_EQ(RunDpr(Pretrain(task, more), "", "DPR_KILL_COUNT=" + counts.string()).exit_code, 0);
    const auto expected = Weights(task);
    std::istringstream lines(ReadFile(counts));
    std::string point;
    int kills = 0;
    for (int count = 0; lines >> point >> count;) {
      const std::string out = task + std::to_string(kills++);
      const std::string at = "DPR_KILL_AT=" + point + ":" + std::to_string((count + 1) / 2);
      ASSERT_EQ(RunDpr(Pretrain(out, more), "", at).exit_code, kKilled) << at;
      ASSERT_EQ(RunDpr(Pretrain(out, more)).exit_code, 0) << at;
      EXPECT_EQ(Weights(out), expected) << at;
    }
    EXPECT_GE(kills, 8);
  }
}

TEST_F(PretrainTest, RefusesWhatDoesNotFit) {
  const auto error = [&](const std::vector<std::string>& more) {
    const ProgramResult refused = RunDpr(Pretrain("refused", more));
    EXPECT_NE(refused.exit_code, 0);
    return refused.err;
  };
  EXPECT_THAT(error({"--batch", "4"}), HasSubstr("--task ict and crops"));
  EXPECT_THAT(error({"--task", "ict", "--batch-tokens", "100"}), HasSubstr("--task mlm"));
  EXPECT_THAT(error({"--model", StartModel()}), HasSubstr("own shape and vocabulary"));
  EXPECT_THAT(error({"--max-length", "100"}), HasSubstr("64 positions"));
  EXPECT_THAT(error({"--precision", "int8"}), HasSubstr("int8"));
  EXPECT_THAT(error({"--vocab-size", "5000", "--vocab", StartModel() + "/none"}),
              HasSubstr("none"));
  const std::string& retriever = StartModel();
  EXPECT_THAT(RunDpr({"pretrain", texts_, "--model", retriever, "-o", Out("pair")}).err,
              HasSubstr("not a single BERT"));
  const std::string empty = folder_.Write("empty.jsonl", "\n").string();
  EXPECT_NE(RunDpr({"pretrain", empty, "-o", Out("empty")}).exit_code, 0);
  ASSERT_EQ(RunDpr(Pretrain("run")).exit_code, 0);
  EXPECT_THAT(RunDpr(Pretrain("run", {"--seed", "4"})).err, HasSubstr("seed: 4, 12345"));
}

}  // namespace
}  // namespace dpr::cli
