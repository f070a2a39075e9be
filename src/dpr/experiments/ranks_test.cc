#include "dpr/experiments/ranks.h"

#include <gtest/gtest.h>

#include "dpr/experiments/small_collection_for_test.h"

namespace dpr {
namespace {

PreparedQuestion Asked(std::vector<std::string> gold, std::vector<std::string> answers,
                       std::vector<std::string> strict) {
  return {{"", "q", std::move(answers)}, std::move(gold), std::move(strict)};
}

TEST(RankJudge, FindsTheFirstThatIsRightInEachWay) {
  const testing::SmallCollection small({"the moon", "the sea in 2", "rust and iron", "iron"});
  RankJudge judge(small.path(), MatchMode::kString);
  const std::vector<PreparedQuestion> questions = {
      Asked({"p2"}, {"iron", "2"}, {"iron"}),  //
      Asked({}, {"moon"}, {}),                 //
      Asked({"gone"}, {"planet"}, {"planet"}),
  };
  const std::vector<std::vector<int64_t>> lists = {{1, 3, 2}, {1, 0}, {0, 1, 2, 3}};
  const Ranks ranks = judge.Judge(questions, lists);
  EXPECT_EQ(ranks.gold, (std::vector<int>{3, -1, 0}));
  EXPECT_EQ(ranks.answer, (std::vector<int>{1, 2, 0}));
  EXPECT_EQ(ranks.strict, (std::vector<int>{2, -1, 0}));
  const Ranks again = Ranks::Parse(ranks.Json());
  EXPECT_EQ(again.gold, ranks.gold);
  EXPECT_EQ(again.answer, ranks.answer);
  EXPECT_EQ(again.strict, ranks.strict);
}

TEST(RankJudge, LooksNoFurtherThanAHundred) {
  const testing::SmallCollection small({"other", "answer"});
  RankJudge judge(small.path(), MatchMode::kString);
  std::vector<int64_t> list(100, 0);
  list.push_back(1);
  const std::vector<PreparedQuestion> questions = {Asked({"p1"}, {"answer"}, {"answer"})};
  const Ranks ranks = judge.Judge(questions, std::vector<std::vector<int64_t>>{list});
  EXPECT_EQ(ranks.gold[0], 0);
  EXPECT_EQ(ranks.answer[0], 0);
}

}  // namespace
}  // namespace dpr
