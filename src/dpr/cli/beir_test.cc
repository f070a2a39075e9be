// nDCG@10 on two real collections equals that of sentence-transformers with the same weights
// (tools/goldens/beir_reference.py wrote its figures).
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "dpr/cli/run_program_for_test.h"

namespace dpr::cli {
namespace {

using dpr::testing::RealModel;
using dpr::testing::SharedData;
using dpr::testing::TemporaryFolder;
using dpr::testing::TestData;
using testing::RunDpr;
using Json = nlohmann::json;

// Rounding moves a few of the near-ties among thousands of scores; more than that is a fault.
constexpr double kTolerance = 0.002;

class ExtendedBeir : public ::testing::TestWithParam<const char*> {};

TEST_P(ExtendedBeir, NdcgEqualsTheReference) {
  const Path data = SharedData() / "beir" / GetParam();
  if (!std::filesystem::exists(data)) GTEST_SKIP() << "no data in " << data;
  if (!std::filesystem::exists(RealModel())) GTEST_SKIP() << "no encoder in " << RealModel();
  const TemporaryFolder folder;
  const std::string collection = (folder.path() / "c.dpr").string();
  const auto made = RunDpr(
      {"index", data.string(), "-o", collection, "--model", RealModel().string(), "--quiet"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const auto evaluated =
      RunDpr({"eval", collection, "--queries", (data / "queries.jsonl").string(), "--qrels",
              (data / "qrels" / "test.tsv").string(), "--json", "--quiet"});
  ASSERT_EQ(evaluated.exit_code, 0) << evaluated.err;
  const Json reference = Json::parse(ReadFile(TestData() / "encoder" / "beir_reference.json"));
  const Json& expected = reference["collections"][GetParam()];
  const Json ours = Json::parse(evaluated.out);
  EXPECT_EQ(ours["queries"], expected["queries"]);
  EXPECT_NEAR(ours["ndcg_cut_10"].get<double>(), expected["ndcg_cut_10"].get<double>(), kTolerance);
}

INSTANTIATE_TEST_SUITE_P(ExtendedCollections, ExtendedBeir, ::testing::Values("time", "cacm"));

}  // namespace
}  // namespace dpr::cli
