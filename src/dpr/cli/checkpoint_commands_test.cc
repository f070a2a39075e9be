// The program with a checkpoint of DPR's as its model, and what it exports.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "dpr/cli/run_program_for_test.h"

namespace dpr::cli {
namespace {

using dpr::testing::TestData;
using ::testing::HasSubstr;
using testing::ProgramResult;
using testing::RunDpr;
using Json = nlohmann::json;

class CheckpointProgram : public ::testing::Test {
 protected:
  std::string At(const std::string& name) const { return (folder_.path() / name).string(); }
  static std::string Checkpoint(const char* name = "zip.cp") {
    return (TestData() / "encoder" / "dpr_checkpoint" / name).string();
  }
  ProgramResult Run(const std::vector<std::string>& arguments) const { return RunDpr(arguments); }

  dpr::testing::TemporaryFolder folder_;
  const std::string passages_ =
      folder_.Write("p.jsonl", "{\"id\": \"a\", \"text\": \"the river\"}\n").string();
};

TEST_F(CheckpointProgram, IsRecordedInACollectionWithItsVocabulary) {
  const ProgramResult made = Run({"index", passages_, "-o", At("c.dpr"), "--model", Checkpoint(),
                                  "--vocab", Checkpoint("vocab.txt")});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const ProgramResult found = Run({"search", At("c.dpr"), "river", "--json"});
  ASSERT_EQ(found.exit_code, 0) << found.err;
  EXPECT_EQ(Json::parse(found.out)["hits"][0]["id"], "a");
  folder_.Write("more.jsonl", "{\"id\": \"b\", \"text\": \"the king\"}\n");
  EXPECT_EQ(Run({"index", At("more.jsonl"), "-o", At("c.dpr")}).exit_code, 0);
}

TEST_F(CheckpointProgram, MayMoveWithItsVocabulary) {
  folder_.Write("vocab.txt", ReadFile(Checkpoint("vocab.txt")));
  ASSERT_EQ(Run({"index", passages_, "-o", At("c.dpr"), "--model", Checkpoint(), "--vocab",
                 At("vocab.txt")})
                .exit_code,
            0);
  std::filesystem::rename(At("vocab.txt"), At("moved.txt"));
  EXPECT_EQ(Run({"search", At("c.dpr"), "river"}).exit_code, 1);
  const ProgramResult found =
      Run({"search", At("c.dpr"), "river", "--vocab", At("moved.txt"), "--model", Checkpoint()});
  EXPECT_EQ(found.exit_code, 0) << found.err;
}

TEST_F(CheckpointProgram, WithoutAVocabularyIsWrongUsage) {
  const ProgramResult result =
      Run({"encode", passages_, "--model", Checkpoint(), "-o", At("o.npy")});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--vocab"));
}

TEST_F(CheckpointProgram, IsExplainedByInspect) {
  const Json zip = Json::parse(Run({"inspect", Checkpoint(), "--json"}).out);
  EXPECT_EQ(zip["kind"], "checkpoint of DPR's encoders");
  EXPECT_EQ(zip["format"], "zip");
  EXPECT_EQ(zip["epoch"], 25);
  EXPECT_EQ(zip["fields"].size(), 6u);
  EXPECT_EQ(zip["encoder_params"]["pretrained_model_cfg"], "bert-base-uncased");
  EXPECT_EQ(zip["question_model"]["hidden"], 64);
  EXPECT_THAT(zip["tensors"][0].get<std::string>(), HasSubstr("ctx_model.embeddings"));
  const Json legacy = Json::parse(Run({"inspect", Checkpoint("legacy.cp"), "--json"}).out);
  EXPECT_EQ(legacy["format"], "legacy");
  EXPECT_EQ(legacy["ctx_model"]["projection"], 8);
  EXPECT_THAT(Run({"inspect", Checkpoint()}).out, HasSubstr("sequence length: 24"));
}

TEST_F(CheckpointProgram, IsExportedToWhatGivesTheSameVectors) {
  const ProgramResult made =
      Run({"export", Checkpoint("legacy.cp"), "--vocab", Checkpoint("vocab.txt"), "--format", "dpr",
           "-o", At("out"), "--json"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(Json::parse(made.out)["output"], At("out"));
  folder_.Write("texts", "The King\tthe river of the city\nwhat river\n");
  for (const auto& [model, out] :
       {std::pair(Checkpoint("legacy.cp"), "a.npy"), std::pair(At("out"), "b.npy")}) {
    std::vector<std::string> arguments = {"encode", At("texts"), "--model", model, "-o", At(out)};
    if (model != At("out")) arguments.insert(arguments.end(), {"--vocab", Checkpoint("vocab.txt")});
    ASSERT_EQ(Run(arguments).exit_code, 0);
  }
  EXPECT_EQ(ReadFile(At("a.npy")), ReadFile(At("b.npy")));
}

TEST_F(CheckpointProgram, ExportRefusesWhatIsThereAndWhatItCannotWrite) {
  const std::string model = (TestData() / "encoder" / "dpr_pair").string();
  const ProgramResult two =
      Run({"export", model, "--format", "sentence-transformers", "-o", At("st")});
  EXPECT_EQ(two.exit_code, 1);
  EXPECT_THAT(two.err, HasSubstr("--format dpr"));
  EXPECT_FALSE(std::filesystem::exists(At("st")));
  EXPECT_EQ(Run({"export", model, "--format", "dpr", "-o", passages_}).exit_code, 1);
  EXPECT_EQ(Run({"export", model, "--format", "onnx", "-o", At("st")}).exit_code, 2);
  EXPECT_EQ(Run({"export", model, "--format", "dpr"}).exit_code, 2);
}

}  // namespace
}  // namespace dpr::cli
