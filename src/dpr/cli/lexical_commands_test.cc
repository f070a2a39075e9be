// BM25, hybrid search and mining from outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "dpr/cli/program_for_test.h"

namespace dpr::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::Program;
using testing::ProgramResult;
using testing::RunDpr;
using Json = nlohmann::json;

TEST_F(Program, AnswersThatAreNoRegularExpressionsAreNamedOrMatchNothing) {
  folder_.Write("q.qa.csv", "what pulls the sea\t['moon(']\nwhat makes rust\t['[z-a]', 'iron']\n");
  for (const std::vector<std::string>& command : {std::vector<std::string>{"eval", At("c.dpr")},
                                                  {"mine", At("b.dpr"), "-o", At("o.jsonl")}}) {
    if (command[0] == "mine") {
      ASSERT_EQ(RunDpr({"index", At("passages.jsonl"), "-o", At("b.dpr"), "--bm25"}).exit_code, 0);
    }
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), {"--questions", At("q.qa.csv"), "--match", "regex"});
    ProgramResult result = RunDpr(arguments);
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_NE(result.err.find("q.qa.csv, line 1: the answer `moon(`"), std::string::npos)
        << result.err;
    EXPECT_NE(result.err.find("q.qa.csv, line 2: the answer `[z-a]`"), std::string::npos)
        << result.err;
    arguments.push_back("--skip-bad");
    result = RunDpr(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_NE(result.err.find("match nothing: 2\n"), std::string::npos) << result.err;
  }
}

TEST_F(Program, Bm25IsAddedLaterAndHybridIsThenTheDefault) {
  const std::string collection = At("c.dpr");
  const ProgramResult refused = RunDpr({"search", collection, "moon", "--mode", "hybrid"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("dpr index -o " + collection + " --bm25"), std::string::npos);
  ASSERT_EQ(RunDpr({"index", "-o", collection, "--bm25"}).exit_code, 0);
  const ProgramResult hybrid = RunDpr({"search", collection, "moon and sea", "--json"});
  ASSERT_EQ(hybrid.exit_code, 0) << hybrid.err;
  const Json hits = Json::parse(hybrid.out)["hits"];
  ASSERT_EQ(hits.size(), 3u) << "all, since the encoder ranks every passage";
  for (const Json& hit : hits) {
    EXPECT_TRUE(hit["dense_score"].is_number());
    EXPECT_TRUE(hit["bm25_score"].is_number());
  }
  EXPECT_GT(hits[0]["bm25_score"], 0);
  const ProgramResult bm25 = RunDpr({"search", collection, "moons", "--mode", "bm25", "--json"});
  const Json found = Json::parse(bm25.out)["hits"];
  ASSERT_EQ(found.size(), 1u) << "only what shares a word";
  EXPECT_EQ(found[0]["id"], "a");
  EXPECT_FALSE(found[0].contains("dense_score"));
  EXPECT_EQ(RunDpr({"search", collection, "moon", "--fusion", "paper", "--weight", "-1"}).exit_code,
            2);
  EXPECT_EQ(RunDpr({"search", collection, "moon", "--weight", "0.5"}).exit_code, 2)
      << "reciprocal ranks have no weight";
  const ProgramResult paper = RunDpr({"search", collection, "moon", "--fusion", "paper"});
  EXPECT_EQ(paper.exit_code, 0);
  EXPECT_NE(paper.err.find("nearly BM25 alone"), std::string::npos) << paper.err;
}

TEST_F(Program, Bm25AloneNeedsNoModel) {
  const std::string collection = At("words.dpr");
  ASSERT_EQ(RunDpr({"index", At("passages.jsonl"), "-o", collection}).exit_code, 0);
  const ProgramResult found = RunDpr({"search", collection, "moon", "--json"});
  EXPECT_EQ(Json::parse(found.out)["hits"].size(), 1u);
  const ProgramResult refused = RunDpr({"search", collection, "moon", "--mode", "dense"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("--model DIR"), std::string::npos);
  EXPECT_EQ(
      RunDpr({"index", At("passages.jsonl"), "-o", At("x.dpr"), "--language", "klingon"}).exit_code,
      2);
  EXPECT_EQ(RunDpr({"index", At("passages.jsonl"), "-o", At("x.dpr"), "--language", ""}).exit_code,
            2);
  EXPECT_FALSE(std::filesystem::exists(At("x.dpr")));
}

TEST_F(Program, TheHybridsWeightIsTunedAndSaid) {
  ASSERT_EQ(RunDpr({"index", "-o", At("c.dpr"), "--bm25"}).exit_code, 0);
  folder_.Write("q.qa.csv", "what pulls the sea\t['moon']\nwhat makes rust\t['iron and air']\n");
  const ProgramResult tuned =
      RunDpr({"eval", At("c.dpr"), "--questions", At("q.qa.csv"), "--tune-hybrid", "--json"});
  ASSERT_EQ(tuned.exit_code, 0) << tuned.err;
  const Json json = Json::parse(tuned.out)["tuned"];
  EXPECT_EQ(json["fusion"], "weighted");
  EXPECT_EQ(json["tuned_on"], 2);
  EXPECT_EQ(json["trials"].size(), 21u);
  EXPECT_EQ(json["weight"], 0.5) << "all are as good: the default is kept";
  const ProgramResult text = RunDpr(
      {"eval", At("c.dpr"), "--questions", At("q.qa.csv"), "--tune-hybrid", "--fusion", "paper"});
  EXPECT_NE(text.out.find("chosen on these very questions"), std::string::npos) << text.out;
}

TEST_F(Program, MiningKilledAnywhereEndsInTheSameBytes) {
  ASSERT_EQ(RunDpr({"index", "-o", At("c.dpr"), "--bm25"}).exit_code, 0);
  std::string questions;
  for (int i = 0; i < 700; ++i) {  // three pieces
    questions += "what pulls the sea and iron " + std::to_string(i) + "\t['moon']\n";
  }
  folder_.Write("q.qa.csv", questions);
  const auto command = [&](const std::string& out) {
    return std::vector<std::string>{"mine", At("c.dpr"), "--questions", At("q.qa.csv"),
                                    "-o",   At(out),     "--negatives", "bm25,random"};
  };
  ASSERT_EQ(RunDpr(command("whole.jsonl")).exit_code, 0);
  const std::string expected = ReadFile(At("whole.jsonl"));
  int kills = 0;
  for (const char* point : {"mine.lines", "mine.recorded"}) {
    for (const char* time : {":1", ":2", ":3"}) {
      const std::string out = "killed" + std::to_string(kills++) + ".jsonl";
      const std::string at = std::string("DPR_KILL_AT=") + point + time;
      ASSERT_EQ(RunDpr(command(out), "", at).exit_code, 128 + 9) << at;
      EXPECT_FALSE(std::filesystem::exists(At(out))) << at;
      const ProgramResult again = RunDpr(command(out));
      ASSERT_EQ(again.exit_code, 0) << at << again.err;
      EXPECT_EQ(ReadFile(At(out)), expected) << at;
    }
  }
}

TEST_F(Program, MinesTrainingExamples) {
  ASSERT_EQ(RunDpr({"index", "-o", At("c.dpr"), "--bm25"}).exit_code, 0);
  folder_.Write("q.qa.csv", "what pulls the sea and iron\t['moon']\nwho is it\t['nobody']\n");
  const ProgramResult mined = RunDpr({"mine", At("c.dpr"), "--questions", At("q.qa.csv"), "-o",
                                      At("train.jsonl"), "--negatives", "bm25,dense", "--json"});
  ASSERT_EQ(mined.exit_code, 0) << mined.err;
  const Json counts = Json::parse(mined.out);
  EXPECT_EQ(counts["questions"], 2);
  EXPECT_EQ(counts["examples"], 1);
  EXPECT_EQ(counts["without_positive"], 1);
  const Json example = Json::parse(ReadFile(At("train.jsonl")));
  EXPECT_EQ(example["positive_ctxs"][0]["passage_id"], "a");
  EXPECT_EQ(example["hard_negative_ctxs"].size(), 2u);
}

// The collection has vectors and BM25.
class LexicalCommands : public Program {
 protected:
  void SetUp() override {
    Program::SetUp();
    ASSERT_EQ(RunDpr({"index", "-o", At("c.dpr"), "--bm25"}).exit_code, 0);
    folder_.Write("q.qa.csv", "what pulls the sea\t['moon']\n");
    folder_.Write("queries.jsonl", "{\"_id\": \"q1\", \"text\": \"what pulls the sea\"}\n");
    folder_.Write("qrels.tsv", "query-id\tcorpus-id\tscore\nq1\ta\t1\n");
  }
  std::string Refused(std::vector<std::string> arguments, int exit_code = 2) const {
    arguments.insert(arguments.begin() + 1, At("c.dpr"));
    const ProgramResult result = RunDpr(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    return result.err;
  }
};

TEST_F(LexicalCommands, OptionsThatTheModeDoesNotUseAreRefused) {
  const std::vector<std::pair<std::string, std::string>> options = {
      {"--fusion", "rrf"}, {"--k1", "1.2"}, {"--b", "0.5"}};
  for (const auto& [option, value] : options) {
    const std::string error = Refused({"search", "moon", "--mode", "dense", option, value});
    EXPECT_THAT(error, HasSubstr(option + ": only "));
    EXPECT_THAT(error, HasSubstr("the search is dense"));
    Refused({"eval", "--questions", At("q.qa.csv"), "--mode", "dense", option, value});
  }
  EXPECT_THAT(Refused({"search", "moon", "--mode", "bm25", "--fusion", "weighted"}),
              HasSubstr("only hybrid search uses this, and the search is bm25"));
  EXPECT_THAT(Refused({"search", "moon", "--mode", "bm25", "--fusion", "paper", "--weight", "2"}),
              HasSubstr("only hybrid"));
  for (const char* mode : {"bm25", "hybrid"}) {
    EXPECT_EQ(RunDpr({"search", At("c.dpr"), "moon", "--mode", mode, "--k1", "1.2"}).exit_code, 0);
  }
}

TEST_F(LexicalCommands, OnlyAHybridWithAWeightIsTuned) {
  const std::vector<std::string> tune = {"eval", "--questions", At("q.qa.csv"), "--tune-hybrid"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), tune.begin(), tune.end());
    return Refused(more);
  };
  EXPECT_THAT(with({"--mode", "bm25"}), HasSubstr("--mode bm25: --tune-hybrid"));
  EXPECT_THAT(with({"--mode", "dense"}), HasSubstr("--mode dense: --tune-hybrid"));
  EXPECT_THAT(with({"--fusion", "rrf"}), HasSubstr("has no weight to find"));
  EXPECT_THAT(with({"--fusion", "weighted", "--weight", "0.3"}), HasSubstr("--weight"));
}

TEST_F(LexicalCommands, MiningNamesEachKindOnce) {
  EXPECT_THAT(Refused({"mine", "--questions", At("q.qa.csv"), "-o", At("o.jsonl"), "--negatives",
                       "bm25,random,bm25"}),
              HasSubstr("--negatives: negatives of the kind bm25 twice"));
}

TEST_F(Program, MiningFromGoldPassagesNeedsNoBm25) {
  folder_.Write("queries.jsonl",
                "{\"_id\": \"q1\", \"text\": \"what pulls the sea\"}\n"
                "{\"_id\": \"q2\", \"text\": \"who knows\"}\n");
  folder_.Write("qrels.tsv", "query-id\tcorpus-id\tscore\nq1\ta\t1\n");
  std::vector<std::string> mine = {"mine",       At("c.dpr"),   "--questions", At("queries.jsonl"),
                                   "-o",         At("o.jsonl"), "--json",      "--negatives",
                                   "random,gold"};
  const ProgramResult without = RunDpr(mine);
  EXPECT_EQ(without.exit_code, 1);
  EXPECT_THAT(without.err, HasSubstr("positives come from BM25"));
  EXPECT_THAT(without.err, HasSubstr("dpr index -o " + At("c.dpr") + " --bm25"));
  EXPECT_THAT(without.err, Not(HasSubstr("--mode")));
  mine.insert(mine.end(), {"--qrels", At("qrels.tsv")});
  const ProgramResult mined = RunDpr(mine);
  ASSERT_EQ(mined.exit_code, 0) << mined.err;
  EXPECT_EQ(Json::parse(mined.out)["examples"], 1);
  EXPECT_EQ(Json::parse(mined.out)["missing_gold"], 1);
  const Json example = Json::parse(ReadFile(At("o.jsonl")));
  EXPECT_EQ(example["positive_ctxs"][0]["passage_id"], "a");
  EXPECT_EQ(example["negative_ctxs"].size(), 2u);
  mine[8] = "bm25";
  EXPECT_THAT(RunDpr(mine).err, HasSubstr("BM25 negatives need BM25"));
}

}  // namespace
}  // namespace dpr::cli
