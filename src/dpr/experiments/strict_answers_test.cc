#include "dpr/experiments/strict_answers.h"

#include <gtest/gtest.h>

namespace dpr {
namespace {

TEST(StrictAnswers, LeavesOutWhatIsShortOrFrequent) {
  std::vector<Passage> sample;
  for (int i = 0; i < 300; ++i) {
    sample.push_back({"", "", i < 4 ? "the band played" : i == 4 ? "a rare owl" : "nothing", ""});
  }
  const std::vector<Question> questions = {{"", "q", {"2", "12", "owl", "band"}},
                                           {"", "q", {"1945", "東京都", "nothing"}},
                                           {"", "q", {"é.", ""}}};
  const auto strict = StrictAnswers(questions, sample, MatchMode::kString);
  EXPECT_EQ(strict[0], std::vector<std::string>{"owl"}) << "in 1 of 300; band is in 4";
  EXPECT_EQ(strict[1], (std::vector<std::string>{"1945", "東京都"}));
  EXPECT_TRUE(strict[2].empty());
}

TEST(StrictAnswers, RegularExpressionsHaveNoLength) {
  const std::vector<Passage> sample(10, Passage{"", "", "aaa", ""});
  const std::vector<Question> questions = {{"", "q", {"b", "a+"}}};
  EXPECT_EQ(StrictAnswers(questions, sample, MatchMode::kRegex)[0], std::vector<std::string>{"b"});
}

}  // namespace
}  // namespace dpr
