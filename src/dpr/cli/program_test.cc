// The program from outside: exit codes, help, and the whole way from a file of passages to figures.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "dpr/cli/program_for_test.h"
#include "dpr/tensor/similarity.h"
#include "dpr/vectors/npy.h"

namespace dpr::cli {
namespace {

using testing::Model;
using testing::Program;
using testing::ProgramResult;
using testing::RunDpr;
using Json = nlohmann::json;

TEST(ProgramUsage, HelpAndVersionSucceed) {
  const ProgramResult help = RunDpr({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_NE(help.out.find("Example"), std::string::npos);
  const ProgramResult version = RunDpr({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_NE(version.out.find("Apache-2.0"), std::string::npos);
}

TEST(ProgramUsage, EveryCommandHasHelpWithAnExample) {
  for (const char* name : {"index", "search", "eval", "encode", "inspect", "delete", "compact",
                           "mine", "import", "export"}) {
    const ProgramResult help = RunDpr({name, "--help"});
    EXPECT_EQ(help.exit_code, 0) << name;
    EXPECT_NE(help.out.find("Example"), std::string::npos) << name;
  }
}

TEST(ProgramUsage, WrongUsageExitsWith2) {
  EXPECT_EQ(RunDpr({}).exit_code, 2);
  EXPECT_EQ(RunDpr({"serch"}).exit_code, 2);
  EXPECT_EQ(RunDpr({"search"}).exit_code, 2);
  EXPECT_EQ(RunDpr({"eval", "c.dpr"}).exit_code, 2);
  EXPECT_EQ(RunDpr({"search", "c.dpr", "--questions", "f"}).exit_code, 2);
  EXPECT_EQ(RunDpr({"search", "c.dpr", "q"}, "", "DPR_CPU=286").exit_code, 2);
}

TEST(ProgramUsage, AMissingCollectionIsNamed) {
  const ProgramResult result = RunDpr({"search", "/nowhere/c.dpr", "question"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.err.find("/nowhere/c.dpr"), std::string::npos) << result.err;
  EXPECT_EQ(result.out, "");
}

TEST(ProgramCrash, SaysWhatToDo) {
  const dpr::testing::TemporaryFolder folder;
  const Path pipe = folder.path() / "never.jsonl";  // nobody writes to it: the program waits
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const ProgramResult crash = RunDpr({"index", pipe.string(), "-o", (folder.path() / "c").string()},
                                     "", "timeout --signal SEGV 1");
  EXPECT_NE(crash.exit_code, 0);
  EXPECT_NE(crash.err.find("--verify"), std::string::npos) << crash.err;
}

TEST_F(Program, SearchPrintsOneObjectPerQuestion) {
  const ProgramResult result =
      RunDpr({"search", At("c.dpr"), "moon and sea", "rust", "-k", "2", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const size_t end = result.out.find('\n');
  const Json first = Json::parse(result.out.substr(0, end));
  EXPECT_EQ(first["question"], "moon and sea");
  ASSERT_EQ(first["hits"].size(), 2u);
  EXPECT_EQ(first["hits"][0]["rank"], 1);
  for (const char* key : {"id", "title", "text", "score", "metadata"}) {
    EXPECT_TRUE(first["hits"][0].contains(key)) << key;
  }
  EXPECT_GE(first["hits"][0]["score"].get<double>(), first["hits"][1]["score"].get<double>());
  EXPECT_EQ(first["hits"][0]["metadata"]["source"], At("passages.jsonl"));
  EXPECT_TRUE(first["milliseconds"].is_number());
  EXPECT_EQ(Json::parse(result.out.substr(end + 1))["question"], "rust");
}

TEST_F(Program, ARecordsOwnSourceHidesNothing) {
  folder_.Write("more.jsonl", R"({"id": "d", "text": "salt", "source": "a book"})");
  ASSERT_EQ(RunDpr({"index", At("more.jsonl"), "-o", At("c.dpr")}).exit_code, 0);
  const Json hits = Json::parse(RunDpr({"search", At("c.dpr"), "salt", "--json"}).out)["hits"];
  ASSERT_EQ(hits.size(), 4u);
  for (const Json& hit : hits) {
    const bool own = hit["id"] == "d";
    EXPECT_EQ(hit["source"], At(own ? "more.jsonl" : "passages.jsonl"));
    EXPECT_EQ(hit["metadata"]["source"], own ? Json("a book") : hit["source"]);
  }
}

TEST_F(Program, SearchKeepsMetadata) {
  const ProgramResult result = RunDpr({"search", At("c.dpr"), "tides", "--json"});
  const Json hits = Json::parse(result.out)["hits"];
  int found = 0;
  for (const Json& hit : hits) {
    if (hit["id"] != "a") continue;
    EXPECT_EQ(hit["metadata"]["year"], 1687);
    ++found;
  }
  EXPECT_EQ(found, 1);
}

TEST_F(Program, AskingForMoreThanThereIsGivesAllAndSaysSo) {
  const ProgramResult result = RunDpr({"search", At("c.dpr"), "sea", "-k", "100", "--json"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(Json::parse(result.out)["hits"].size(), 3u);
  EXPECT_NE(result.err.find("3 passages"), std::string::npos) << result.err;
}

TEST_F(Program, BadQuestionsAreRefused) {
  EXPECT_EQ(RunDpr({"search", At("c.dpr"), "sea", "-k", "0"}).exit_code, 2);
  const ProgramResult empty = RunDpr({"search", At("c.dpr"), "  "});
  EXPECT_EQ(empty.exit_code, 1);
  EXPECT_NE(empty.err.find("empty"), std::string::npos) << empty.err;
}

TEST_F(Program, AQuestionOfTenThousandWordsIsCut) {
  std::string question;
  for (int i = 0; i < 10000; ++i) question += "sea ";
  const ProgramResult result = RunDpr({"search", At("c.dpr"), question, "--json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("longer"), std::string::npos) << result.err;
}

TEST_F(Program, QuestionsFromStandardInput) {
  const ProgramResult result = RunDpr({"search", At("c.dpr"), "--json"}, "sea\n\nrust\n");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 2);
}

TEST_F(Program, AFileOfQuestionsBecomesARun) {
  folder_.Write("questions.txt", "q1\tmoon and sea\nq2\trust\n");
  for (const char* ending : {".trec", ".json", ".jsonl"}) {
    const std::string run = At(std::string("run") + ending);
    const ProgramResult result =
        RunDpr({"search", At("c.dpr"), "--questions", At("questions.txt"), "-k", "2", "-o", run});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_FALSE(ReadFile(run).empty());
  }
  EXPECT_EQ(ReadFile(At("run.trec")).substr(0, 6), "q1 Q0 ");
  EXPECT_EQ(Json::parse(ReadFile(At("run.json")))[1]["ctxs"].size(), 2u);
  const ProgramResult other =
      RunDpr({"search", At("c.dpr"), "--questions", At("questions.txt"), "-o", At("run.parquet")});
  EXPECT_EQ(other.exit_code, 2);
}

TEST_F(Program, EvalWithAnswers) {
  folder_.Write("q.qa.csv", "what pulls the sea\t['moon']\nwhat makes rust\t['gold']\n");
  const ProgramResult result =
      RunDpr({"eval", At("c.dpr"), "--questions", At("q.qa.csv"), "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json json = Json::parse(result.out);
  EXPECT_EQ(json["questions"], 2);
  EXPECT_EQ(json["top_100"], 0.5);
  EXPECT_EQ(json["intervals"]["top_20"].size(), 2u);
}

TEST_F(Program, EvalWithJudgementsEqualsEvalOfTheRun) {
  folder_.Write("queries.jsonl",
                "{\"_id\": \"q1\", \"text\": \"moon and sea\"}\n"
                "{\"_id\": \"q2\", \"text\": \"not judged\"}\n");
  folder_.Write("qrels.tsv", "query-id\tcorpus-id\tscore\nq1\ta\t1\n");
  const ProgramResult direct = RunDpr({"eval", At("c.dpr"), "--queries", At("queries.jsonl"),
                                       "--qrels", At("qrels.tsv"), "--json"});
  ASSERT_EQ(direct.exit_code, 0) << direct.err;
  RunDpr({"search", At("c.dpr"), "--questions", At("queries.jsonl"), "-o", At("run.trec")});
  const ProgramResult run =
      RunDpr({"eval", "--run", At("run.trec"), "--qrels", At("qrels.tsv"), "--json"});
  EXPECT_EQ(direct.out, run.out);
  const Json json = Json::parse(direct.out);
  EXPECT_EQ(json["queries"], 1);
  for (const char* key : {"ndcg_cut_10", "recip_rank", "map", "recall_20", "recall_100",
                          "success_1", "success_5", "success_20", "success_100"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
}

TEST_F(Program, EvalComparesTwoRuns) {
  folder_.Write("qrels.tsv", "q1 0 a 1\n");
  folder_.Write("new.trec", "q1 Q0 a 1 2.0 x\nq1 Q0 b 2 1.0 x\n");
  folder_.Write("old.trec", "q1 Q0 b 1 2.0 x\nq1 Q0 a 2 1.0 x\n");
  const ProgramResult result = RunDpr({"eval", "--run", At("new.trec"), "--compare", At("old.trec"),
                                       "--qrels", At("qrels.tsv"), "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json json = Json::parse(result.out);
  EXPECT_EQ(json["difference"]["recip_rank"]["value"], 0.5);
  EXPECT_EQ(json["difference"]["recip_rank"]["p"], 1.0);
}

TEST_F(Program, EncodeGivesTheVectorsOfTheCollection) {
  folder_.Write("texts.tsv", "Tides\tThe moon pulls the sea.\n\tIron and air make rust.\nEmpty\n");
  const ProgramResult result =
      RunDpr({"encode", At("texts.tsv"), "--model", Model(), "-o", At("v.npy")});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  folder_.Write("q.txt", "Tides The moon pulls the sea.\n");
  RunDpr({"encode", At("q.txt"), "--question", "--model", Model(), "-o", At("q.npy")});
  const NpyFile vectors(At("v.npy")), question(At("q.npy"));
  ASSERT_EQ(vectors.view().rows, 3);
  const Json description = Json::parse(RunDpr({"inspect", At("c.dpr"), "--json"}).out);
  const Similarity similarity =
      ParseSimilarity(description["encoder"]["similarity"].get<std::string>());
  const Json hits = Json::parse(
      RunDpr({"search", At("c.dpr"), "Tides The moon pulls the sea.", "--json"}).out)["hits"];
  for (const Json& hit : hits) {
    const int64_t row = hit["id"].get<std::string>()[0] - 'a';
    EXPECT_EQ(hit["score"].get<float>(), Score(similarity, question.view().row(0),
                                               vectors.view().row(row), vectors.view().columns));
  }
}

TEST_F(Program, BenchesPrintTheirKeys) {
  folder_.Write("texts.tsv", "Tides\tThe moon pulls the sea.\nIron and air make rust.\n");
  const ProgramResult encode =
      RunDpr({"bench", "encode", "--model", Model(), "--texts", At("texts.tsv"), "--json"});
  ASSERT_EQ(encode.exit_code, 0) << encode.err;
  for (const char* key : {"passages_per_second", "tokens_per_second", "share_of_peak", "cpu",
                          "with_tokenizer_tokens_per_second", "gemm_peak_gops", "precision"}) {
    EXPECT_TRUE(Json::parse(encode.out).contains(key)) << key;
  }
  RunDpr({"encode", At("texts.tsv"), "--model", Model(), "-o", At("v.npy")});
  const ProgramResult search = RunDpr(
      {"bench", "search", "--base", At("v.npy"), "--queries", At("v.npy"), "-k", "1", "--json"});
  ASSERT_EQ(search.exit_code, 0) << search.err;
  EXPECT_EQ(Json::parse(search.out)["recall_10"], 1.0);
}

}  // namespace
}  // namespace dpr::cli
