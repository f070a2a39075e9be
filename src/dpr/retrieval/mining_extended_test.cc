// Over real passages and questions: no negative is a positive, holds an answer, repeats a
// positive's text, or is there twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "dpr/base/test_environment.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/data/passage_source.h"
#include "dpr/data/question_reader.h"
#include "dpr/retrieval/mining_file.h"
#include "dpr/retrieval/near_duplicate.h"

namespace dpr {
namespace {

using Json = nlohmann::json;

constexpr int kQuestions = 400;

void CheckExample(const Json& example) {
  const std::vector<std::string> answers = example.at("answers");
  const AnswerMatcher matcher(answers, MatchMode::kString);
  ASSERT_EQ(example.at("positive_ctxs").size(), 1u);
  const Json& positive = example["positive_ctxs"][0];
  const std::string positive_text = positive.at("text");
  EXPECT_TRUE(matcher.Matches(positive_text)) << example.at("question");
  std::set<std::string> ids = {positive.at("passage_id")}, texts = {positive_text};
  for (const char* list : {"hard_negative_ctxs", "negative_ctxs"}) {
    for (const Json& negative : example.at(list)) {
      const std::string text = negative.at("text");
      EXPECT_TRUE(ids.insert(negative.at("passage_id")).second) << negative.at("passage_id");
      EXPECT_TRUE(texts.insert(text).second) << text;
      EXPECT_FALSE(matcher.Matches(text)) << text;
      EXPECT_FALSE(Shingles(positive_text).IsNearDuplicate(Shingles(text))) << text;
    }
  }
}

TEST(ExtendedMining, NegativesOfRealQuestionsAreNegatives) {
  const Path passages = testing::SharedData() / "wiki/psgs_w100-aa.tsv.xz";
  const Path questions = testing::SharedData() / "questions/nq-dev.qa.csv";
  if (!std::filesystem::exists(passages)) GTEST_SKIP() << "no passages in " << passages;
  if (!std::filesystem::exists(questions)) GTEST_SKIP() << "no questions in " << questions;
  const testing::TemporaryFolder folder;
  const Path collection = folder.path() / "c.dpr", out = folder.path() / "out.jsonl";
  NoProgress progress;
  IndexOptions index;
  index.lexical = LexicalRecord();
  IndexPassages(collection, ListSources({passages}), nullptr, index, progress);

  std::ifstream in(questions);
  std::string some, line;
  for (int i = 0; i < kQuestions && std::getline(in, line); ++i) some += line + "\n";
  MiningOptions options;
  options.kinds = {NegativeKind::kBm25, NegativeKind::kRandom, NegativeKind::kGold};
  const MiningCounts counts = MineFile(
      Searcher::Open(collection), {folder.Write("q.qa.csv", some), {}, out}, options, progress);
  EXPECT_EQ(counts.questions, kQuestions);
  EXPECT_EQ(counts.examples + counts.without_positive + counts.short_answers, kQuestions);
  EXPECT_GE(counts.examples, kQuestions / 10);
  std::istringstream lines(ReadFile(out));
  int64_t examples = 0;
  for (; std::getline(lines, line); ++examples) CheckExample(Json::parse(line));
  EXPECT_EQ(examples, counts.examples);
}

}  // namespace
}  // namespace dpr
