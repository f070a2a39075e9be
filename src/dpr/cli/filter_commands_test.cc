// --where from outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dpr/cli/program_for_test.h"

namespace dpr::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::ProgramResult;
using testing::RunDpr;
using Json = nlohmann::json;
using Ids = std::vector<std::string>;

class Filters : public testing::Program {
 protected:
  void SetUp() override {
    Program::SetUp();
    ASSERT_EQ(RunDpr({"index", "-o", At("c.dpr"), "--bm25"}).exit_code, 0);
  }
  // The ids that a search in each mode finds, sorted.
  Ids Found(const std::string& where, const std::string& mode) const {
    const ProgramResult result = RunDpr(
        {"search", At("c.dpr"), "moon sea iron rust", "--mode", mode, "--json", "--where", where});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    Ids ids;
    const Json json = Json::parse(result.out);
    for (const Json& hit : json["hits"]) ids.push_back(hit["id"]);
    std::sort(ids.begin(), ids.end());
    return ids;
  }
};

TEST_F(Filters, EveryModeFindsWhatMatchesOnly) {
  for (const char* mode : {"dense", "hybrid"}) {
    EXPECT_EQ(Found("year >= 1600", mode), (Ids{"a"}));
    EXPECT_EQ(Found("not year >= 1600", mode), (Ids{"b", "c"}));
    EXPECT_EQ(Found("title != '' and text = \"\"", mode), (Ids{"c"}));
    EXPECT_EQ(Found("source ends with 'passages.jsonl'", mode), (Ids{"a", "b", "c"}));
    EXPECT_EQ(Found("year = '1687'", mode), Ids());
  }
  EXPECT_EQ(Found("year exists", "bm25"), (Ids{"a"}));
  EXPECT_EQ(Found("year not exists", "bm25"), (Ids{"b"}));
}

TEST_F(Filters, SaysHowManyMatchAndWhatNoPassageHas) {
  ProgramResult result = RunDpr({"search", At("c.dpr"), "moon", "--where", "year = 1687"});
  EXPECT_THAT(result.err, HasSubstr("1 of 3 passages match\n"));
  result = RunDpr({"search", At("c.dpr"), "moon", "--where", "yaer = 1687", "--json"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("0 of 3 passages match; none has a field `yaer`\n"));
  EXPECT_EQ(Json::parse(result.out)["hits"], Json::array());
  result = RunDpr({"search", At("c.dpr"), "moon", "--where", "year = 1", "--quiet"});
  EXPECT_EQ(result.err, "");
}

TEST_F(Filters, AMalformedOneIsWrongUsageAndSaysWhere) {
  const ProgramResult result = RunDpr({"search", At("c.dpr"), "moon", "--where", "year > and"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("filter, column 8: expected a number or a text"));
  EXPECT_EQ(result.out, "");
}

TEST_F(Filters, FilesOfQuestionsAndEvaluationsAreFilteredToo) {
  folder_.Write("q.qa.csv", "what pulls the sea\t['moon']\nwhat makes rust\t['iron and air']\n");
  const auto top_1 = [&](const std::string& where) {
    const ProgramResult result =
        RunDpr({"eval", At("c.dpr"), "--questions", At("q.qa.csv"), "--where", where, "--json"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return Json::parse(result.out)["top_1"].get<double>();
  };
  EXPECT_EQ(top_1("year = 1687"), 0.5) << "one of the two is left";
  EXPECT_EQ(top_1("id = 'c'"), 0);
  const ProgramResult result = RunDpr({"search", At("c.dpr"), "--questions", At("q.qa.csv"), "-k",
                                       "5", "-o", At("out.trec"), "--where", "id in ('b', 'c')"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::string run = ReadFile(At("out.trec"));
  EXPECT_THAT(run, HasSubstr(" b "));
  EXPECT_THAT(run, Not(HasSubstr(" a ")));
}

TEST_F(Filters, HelpHasAnExample) {
  for (const char* command : {"search", "eval"}) {
    EXPECT_THAT(RunDpr({command, "--help"}).out, HasSubstr("--where '")) << command;
  }
}

}  // namespace
}  // namespace dpr::cli
