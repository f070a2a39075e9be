// Over real passages and questions, in several segments, some passages deleted: no negative of any
// kind is deleted, a positive, holds an answer, repeats a positive's text, or is there twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
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
constexpr int64_t kDeleteEach = 5;

bool IsDeletedId(const std::string& id) { return std::stoll(id) % kDeleteEach == 0; }

// Counts the negatives by kind.
void CheckExample(const Json& example, std::map<std::string, int>& kinds) {
  const std::vector<std::string> answers = example.at("answers");
  const AnswerMatcher matcher(answers, MatchMode::kString);
  ASSERT_EQ(example.at("positive_ctxs").size(), 1u);
  const Json& positive = example["positive_ctxs"][0];
  const std::string positive_text = positive.at("text");
  EXPECT_TRUE(matcher.Matches(positive_text)) << example.at("question");
  EXPECT_FALSE(IsDeletedId(positive.at("passage_id")));
  std::set<std::string> ids = {positive.at("passage_id")}, texts = {positive_text};
  for (const char* list : {"hard_negative_ctxs", "negative_ctxs"}) {
    for (const Json& negative : example.at(list)) {
      const std::string text = negative.at("text");
      ++kinds[negative.at("kind")];
      EXPECT_FALSE(IsDeletedId(negative.at("passage_id"))) << negative.at("passage_id");
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
  index.segment_passages = 60'000;
  // A tiny random encoder: any passage may be a dense negative.
  IndexPassages(collection, ListSources({passages}),
                Retriever::Open(testing::TestData() / "encoder" / "st_mean"), index, progress);
  std::vector<std::string> deleted;
  const int64_t rows = Collection::Open(collection).rows();
  ASSERT_GT(rows, 2 * index.segment_passages) << "several segments";
  for (int64_t id = kDeleteEach; id <= rows; id += kDeleteEach) {
    deleted.push_back(std::to_string(id));
  }
  DeletePassages(collection, deleted);
  ASSERT_EQ(Collection::Open(collection).passages(), rows - static_cast<int64_t>(deleted.size()));

  std::ifstream in(questions);
  std::string some, line;
  for (int i = 0; i < kQuestions && std::getline(in, line); ++i) some += line + "\n";
  MiningOptions options;
  options.kinds = {NegativeKind::kBm25, NegativeKind::kDense, NegativeKind::kRandom,
                   NegativeKind::kGold};
  const MiningCounts counts = MineFile(
      Searcher::Open(collection), {folder.Write("q.qa.csv", some), {}, out}, options, progress);
  EXPECT_EQ(counts.questions, kQuestions);
  EXPECT_EQ(counts.examples + counts.without_positive + counts.short_answers, kQuestions);
  EXPECT_GE(counts.examples, kQuestions / 10);
  std::istringstream lines(ReadFile(out));
  int64_t examples = 0;
  std::map<std::string, int> kinds;
  for (; std::getline(lines, line); ++examples) CheckExample(Json::parse(line), kinds);
  EXPECT_EQ(examples, counts.examples);
  for (const NegativeKind kind : options.kinds) {
    EXPECT_GE(kinds[NegativeKindName(kind)], 20 * examples) << NegativeKindName(kind);
  }
}

}  // namespace
}  // namespace dpr
