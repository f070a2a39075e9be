#include "dpr/text/answer_match.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "dpr/text/answer_tokens.h"
#include "dpr/text/golden_rows.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(AnswerMatch, DecidesAsTheReference) {
  const auto rows = testing::GoldenRows("answer_match.jsonl");
  ASSERT_GT(rows.size(), 500u);
  const auto texts = rows[0]["texts"].get<std::vector<std::string>>();
  for (size_t row = 1; row < rows.size(); ++row) {
    const auto& golden = rows[row];
    const MatchMode mode = golden["mode"] == "string" ? MatchMode::kString : MatchMode::kRegex;
    const auto answers = golden["answers"].get<std::vector<std::string>>();
    const AnswerMatcher matcher(answers, mode);
    if (golden.contains("text")) {
      EXPECT_EQ(matcher.Matches(golden["text"].get<std::string>()), golden["match"].get<bool>())
          << golden;
    } else {
      std::vector<size_t> matches;
      for (size_t i = 0; i < texts.size(); ++i) {
        if (matcher.Matches(texts[i])) matches.push_back(i);
      }
      EXPECT_EQ(matches, golden["matches"].get<std::vector<size_t>>()) << golden;
    }
    if (mode == MatchMode::kRegex) {
      EXPECT_EQ(matcher.bad_patterns(), golden["bad"].get<std::vector<std::string>>()) << golden;
    }
    EXPECT_THAT(matcher.slow_patterns(), IsEmpty());
  }
}

TEST(AnswerMatch, TokensAreDelimited) {
  EXPECT_EQ(AnswerTokens(""), "\n");
  EXPECT_EQ(AnswerTokens(" \t\n\u200B"), "\n");
  EXPECT_EQ(AnswerTokens("The U.K., 3rd"), "\nthe\nu\n.\nk\n.\n,\n3rd\n");
  EXPECT_EQ(AnswerTokens("ΑΣ.É"), "\nας\n.\ne\u0301\n");
  EXPECT_EQ(AnswerTokens("a\xFF"), "\na\n\uFFFD\n");  // a symbol, as in Python
}

TEST(AnswerMatch, AsciiTokensEqualThoseOfUnicode) {
  for (int i = 0; i < 128; ++i) {
    const std::string ascii = {'A', static_cast<char>(i), 'b', ' ', static_cast<char>(i)};
    EXPECT_EQ(AnswerTokens(ascii) + "中\n", AnswerTokens(ascii + " 中")) << i;
  }
}

TEST(AnswerMatch, OnePassageServesManyQuestions) {
  const MatchablePassage passage("The capital of France is Paris.", MatchMode::kString);
  EXPECT_TRUE(
      AnswerMatcher(std::vector<std::string>{"paris"}, MatchMode::kString).Matches(passage));
  EXPECT_FALSE(AnswerMatcher(std::vector<std::string>{"par"}, MatchMode::kString).Matches(passage));
}

TEST(AnswerMatch, SyntaxThatIsNotUnderstoodIsReported) {
  for (const std::string pattern : {"(?x)f o x", "(?|a|b)", "(a)(?(1)b|c)", "(?R)", "a{e<=1}",
                                    "\\Ka", "\\L<names>", "(?<=a+)b", "(?P<n>a)\\g<n>"}) {
    const AnswerMatcher matcher(std::vector<std::string>{pattern}, MatchMode::kRegex);
    EXPECT_THAT(matcher.bad_patterns(), ElementsAre(pattern));
    EXPECT_THAT(matcher.Problems(), ElementsAre(HasSubstr(pattern)));
    EXPECT_FALSE(matcher.Matches("fox ab a"));
  }
}

TEST(AnswerMatch, AnExpressionThatBacktracksForeverIsGivenUpAndReported) {
  const std::string pattern = "(a+)+$";
  const AnswerMatcher matcher(std::vector<std::string>{pattern, "needle"}, MatchMode::kRegex);
  EXPECT_FALSE(matcher.Matches(std::string(60, 'a') + "!"));
  EXPECT_THAT(matcher.slow_patterns(), ElementsAre(pattern));
  EXPECT_THAT(matcher.Problems(), ElementsAre(HasSubstr(pattern)));
  EXPECT_TRUE(matcher.Matches(std::string(60, 'a') + "! needle"));
  EXPECT_TRUE(matcher.Matches("aaaa"));
}

TEST(AnswerMatch, DeepNestingAndLongPatternsAreNoTrouble) {
  const std::string deep = std::string(20000, '(') + "a" + std::string(20000, ')');
  const std::string wide = "b|" + std::string(200000, 'x');
  const AnswerMatcher matcher(std::vector<std::string>{deep, wide}, MatchMode::kRegex);
  EXPECT_TRUE(matcher.Matches("b"));
}

TEST(AnswerMatch, ThreadsShareAMatcher) {
  const AnswerMatcher matcher(std::vector<std::string>{"(a+)+$", "f(o|u)x"}, MatchMode::kRegex);
  const MatchablePassage hit("the quick fox", MatchMode::kRegex);
  const MatchablePassage miss(std::string(40, 'a') + "!", MatchMode::kRegex);
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { right += matcher.Matches(hit) && !matcher.Matches(miss); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 4);
  EXPECT_THAT(matcher.slow_patterns(), ElementsAre("(a+)+$"));
}

}  // namespace
}  // namespace dpr
