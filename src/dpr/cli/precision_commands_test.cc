// --precision in the commands that encode: what is recorded, what follows, what is refused.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "dpr/base/cpu.h"
#include "dpr/base/file.h"
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

class PrecisionCommands : public Program {
 protected:
  ProgramResult Index(const std::string& name, const std::vector<std::string>& more,
                      const std::string& environment = "") {
    std::vector<std::string> command = {"index", At("passages.jsonl"), "-o", At(name)};
    command.insert(command.end(), more.begin(), more.end());
    return RunDpr(command, "", environment);
  }
  std::string Recorded(const std::string& name) {
    const Json description = Json::parse(RunDpr({"inspect", At(name), "--json"}).out);
    return description["encoder"]["precision"].get<std::string>();
  }
};

TEST_F(PrecisionCommands, ACollectionRecordsItAndQuestionsFollow) {
  ASSERT_EQ(Index("i.dpr", {"--model", Model(), "--precision", "int8"}).exit_code, 0);
  EXPECT_EQ(Recorded("i.dpr"), "int8");
  folder_.Write("q.txt", "The moon and the sea\n");
  folder_.Write("p.tsv", "Tides\tThe moon pulls the sea.\n");
  for (const char* precision : {"int8", "f32"}) {
    const std::vector<std::string> rest = {"--model", Model(), "--precision", precision};
    for (const auto& [file, side, out] :
         {std::tuple{"q.txt", "--question", "q.npy"}, {"p.tsv", "--quiet", "p.npy"}}) {
      std::vector<std::string> encode = {"encode", At(file), side, "-o",
                                         At(std::string(precision) + out)};
      encode.insert(encode.end(), rest.begin(), rest.end());
      ASSERT_EQ(RunDpr(encode).exit_code, 0);
    }
  }
  const NpyFile passage(At("int8p.npy"));
  for (const bool asked : {false, true}) {
    std::vector<std::string> search = {"search", At("i.dpr"), "The moon and the sea", "--json"};
    if (asked) search.insert(search.end(), {"--precision", "f32"});
    const ProgramResult found = RunDpr(search);
    ASSERT_EQ(found.exit_code, 0) << found.err;
    const NpyFile question(At(asked ? "f32q.npy" : "int8q.npy"));
    for (const Json& hit : Json::parse(found.out)["hits"]) {
      if (hit["id"] != "a") continue;
      EXPECT_EQ(hit["score"].get<float>(), Score(Similarity::kDot, question.view().row(0),
                                                 passage.view().row(0), passage.view().columns));
    }
  }
}

TEST_F(PrecisionCommands, AnAppendGoesOnInItAndRefusesAnother) {
  ASSERT_EQ(Index("i.dpr", {"--model", Model(), "--precision", "int8"}).exit_code, 0);
  folder_.Write("passages.jsonl", R"({"_id": "d", "text": "Snow is white."})");
  EXPECT_EQ(Index("i.dpr", {}).exit_code, 0);
  EXPECT_EQ(Index("i.dpr", {"--model", Model()}).exit_code, 0);
  EXPECT_EQ(Recorded("i.dpr"), "int8");
  const ProgramResult other = Index("i.dpr", {"--model", Model(), "--precision", "f32"});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_NE(other.err.find("int8"), std::string::npos) << other.err;
  EXPECT_NE(other.err.find("f32"), std::string::npos) << other.err;
}

TEST_F(PrecisionCommands, WhatTheCpuCannotDoIsRefusedByName) {
  const ProgramResult refused =
      Index("b.dpr", {"--model", Model(), "--precision", "bf16"}, "DPR_CPU=avx2");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("AVX512_BF16"), std::string::npos) << refused.err;
  if (!Cpu().avx512_bf16) return;
  ASSERT_EQ(Index("b.dpr", {"--model", Model(), "--precision", "bf16"}).exit_code, 0);
  const ProgramResult search = RunDpr({"search", At("b.dpr"), "moon"}, "", "DPR_CPU=avx2");
  EXPECT_EQ(search.exit_code, 1);
  EXPECT_NE(search.err.find("--precision f32"), std::string::npos) << search.err;
  EXPECT_EQ(
      RunDpr({"search", At("b.dpr"), "moon", "--precision", "f32"}, "", "DPR_CPU=avx2").exit_code,
      0);
}

TEST_F(PrecisionCommands, Int8HasTheSameBitsOnEveryCpu) {
  folder_.Write("texts.tsv", "Tides\tThe moon pulls the sea.\n\tIron and air make rust.\n");
  std::vector<std::string> environments = {"", "DPR_CPU=avx2"};
  if (Cpu().avx_vnni) environments.emplace_back("DPR_CPU=avx2_vnni");
  std::vector<std::string> results;
  for (const std::string& environment : environments) {
    const ProgramResult done = RunDpr(
        {"encode", At("texts.tsv"), "--model", Model(), "--precision", "int8", "-o", At("v.npy")},
        "", environment);
    ASSERT_EQ(done.exit_code, 0) << done.err;
    results.push_back(ReadFile(At("v.npy")));
  }
  for (const std::string& result : results) EXPECT_EQ(result, results[0]);
}

TEST_F(PrecisionCommands, TrainingInInt8IsRefused) {
  folder_.Write("t.json", "[]");
  const ProgramResult refused =
      RunDpr({"train", At("t.json"), "--model", Model(), "-o", At("m"), "--precision", "int8"});
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_NE(refused.err.find("int8"), std::string::npos) << refused.err;
}

TEST_F(PrecisionCommands, TheBenchSaysWhatRanAndWhereTheTimeGoes) {
  folder_.Write("texts.tsv", "Tides\tThe moon pulls the sea.\nIron and air make rust.\n");
  for (const char* precision : {"auto", "f32", "int8"}) {
    const ProgramResult bench =
        RunDpr({"bench", "encode", "--model", Model(), "--texts", At("texts.tsv"), "--precision",
                precision, "--profile", "--json"});
    ASSERT_EQ(bench.exit_code, 0) << bench.err;
    const Json result = Json::parse(bench.out);
    if (std::string(precision) != "auto") {
      EXPECT_EQ(result["precision"], precision);
    }
    EXPECT_FALSE(result["precision_because"].get<std::string>().empty());
    double sum = 0;
    for (const Json& stage : result["stages"]) {
      sum += stage["share_of_time"].get<double>();
      EXPECT_GT(stage["share_of_bound"].get<double>(), 0) << stage;
    }
    EXPECT_EQ(result["stages"].size(), 7U);
    EXPECT_NEAR(sum, 1, 1e-9);
  }
}

}  // namespace
}  // namespace dpr::cli
