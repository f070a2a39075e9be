#include "dpr/experiments/splits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "dpr/base/random.h"

namespace dpr {
namespace {

Question WithAnswers(std::vector<std::string> answers) { return {"", "q", std::move(answers)}; }

TEST(GroupsByAnswer, JoinsWhatSharesAnAnswerDirectlyOrThroughOthers) {
  const std::vector<Question> questions = {
      WithAnswers({"Paris"}),          WithAnswers({"the paris!", "Lutetia"}),
      WithAnswers({"Rome"}),           WithAnswers({"lutetia"}),
      WithAnswers({"A Rome"}),         WithAnswers({"Oslo"}),
      WithAnswers({"!", "Stockholm"}), WithAnswers({"?"})};
  const std::vector<int64_t> groups = GroupsByAnswer(questions);
  EXPECT_EQ(groups, (std::vector<int64_t>{0, 0, 1, 0, 1, 2, 3, 4}));
}

// The slow twin: any two questions with a common answer must be in one part.
void ExpectNoLeak(const std::vector<Question>& questions, const std::vector<Part>& parts) {
  std::map<std::string, std::set<Part>> seen;
  for (size_t i = 0; i < questions.size(); ++i) {
    for (const std::string& answer : questions[i].answers) seen[answer].insert(parts[i]);
  }
  for (const auto& [answer, in] : seen) EXPECT_EQ(in.size(), 1U) << answer;
}

TEST(SplitByGroup, NoAnswerIsInTwoParts) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const CounterRandom random(seed, 1);
    const size_t count = 20 + random.Below(0, 300);
    std::vector<Question> questions;
    for (size_t i = 0; i < count; ++i) {
      std::vector<std::string> answers;
      for (uint64_t a = 0; a < 1 + random.Below(4 * i + 1, 2); ++a) {
        answers.push_back("answer" + std::to_string(random.Below(4 * i + 2 + a, 2 * count)));
      }
      questions.push_back(WithAnswers(answers));
    }
    ExpectNoLeak(questions, SplitByGroup(GroupsByAnswer(questions), {5, 3}, seed));
  }
}

TEST(SplitByGroup, GivesTestsWhatTheyNeed) {
  std::vector<int64_t> groups;
  for (int64_t i = 0; i < 1000; ++i) groups.push_back(i);
  const std::vector<Part> parts = SplitByGroup(groups, {400, 50}, 1);
  EXPECT_EQ(std::count(parts.begin(), parts.end(), Part::kTest), 400);
  EXPECT_EQ(std::count(parts.begin(), parts.end(), Part::kChoose), 100) << "a tenth is more";
  EXPECT_EQ(parts, SplitByGroup(groups, {400, 50}, 1));
  EXPECT_NE(parts, SplitByGroup(groups, {400, 50}, 2));
}

TEST(SplitByGroup, AGroupThatIsTooLargeIsTrainedOn) {
  std::vector<int64_t> groups(90, 0);
  for (int64_t i = 1; i <= 10; ++i) groups.push_back(i);
  const std::vector<Part> parts = SplitByGroup(groups, {5, 3}, 1);
  EXPECT_EQ(parts[0], Part::kTrain);
  EXPECT_EQ(std::count(parts.begin(), parts.end(), Part::kTest), 10) << "all others";
}

TEST(OrderOfPart, SamplesAreNested) {
  const std::vector<Part> parts(50, Part::kTrain);
  const std::vector<int64_t> order = OrderOfPart(parts, Part::kTrain, 1);
  EXPECT_EQ(order.size(), 50U);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(order, OrderOfPart(parts, Part::kTrain, 1));
  EXPECT_TRUE(OrderOfPart(parts, Part::kTest, 1).empty());
}

}  // namespace
}  // namespace dpr
