#include "dpr/retrieval/answer_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dpr/base/error.h"

namespace dpr {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Notes : public NoProgress {
 public:
  void Note(const std::string& text) override { all += text; }
  std::string all;
};

void AddLine(AnswerCheck& check, int line, const std::vector<std::string>& answers) {
  check.Add({"", "what?", answers}, "q.qa.csv, line " + std::to_string(line));
}

Error Refusal(const AnswerCheck& check) {
  NoProgress progress;
  try {
    check.Finish("q.qa.csv", progress);
  } catch (const Error& error) {
    return error;
  }
  return {ErrorCode::kIo, "not refused"};
}

TEST(AnswerCheck, NamesEachBadPatternWithItsPlaceAndReason) {
  AnswerCheck check(MatchMode::kRegex, BadPatterns::kRefuse);
  AddLine(check, 1, {"19\\d\\d"});
  AddLine(check, 2, {"fine", "(unclosed", "a{e<=1}"});
  AddLine(check, 9, {"[z-a]"});
  const Error error = Refusal(check);
  EXPECT_EQ(error.code(), ErrorCode::kInvalid);
  EXPECT_EQ(error.where(), "q.qa.csv");
  EXPECT_THAT(error.problem(), HasSubstr(": 3\n"));
  EXPECT_THAT(error.problem(), HasSubstr("line 2: the answer `(unclosed` matches nothing: it is no "
                                         "regular expression (U_REGEX_MISMATCHED_PAREN)"));
  EXPECT_THAT(error.problem(), HasSubstr("line 2: the answer `a{e<=1}`"));
  EXPECT_THAT(error.problem(), HasSubstr("line 9: the answer `[z-a]`"));
  EXPECT_THAT(error.problem(), Not(HasSubstr("line 1")));
  EXPECT_THAT(error.hint(), AllOf(HasSubstr("--skip-bad"), Not(HasSubstr("--qrels"))));
}

TEST(AnswerCheck, BadPatternsCanMatchNothingInsteadAndAreSaid) {
  AnswerCheck check(MatchMode::kRegex, BadPatterns::kMatchNothing);
  AddLine(check, 2, {"(unclosed"});
  Notes notes;
  check.Finish("q.qa.csv", notes);
  EXPECT_THAT(notes.all, AllOf(HasSubstr("match nothing: 1\n"), HasSubstr("line 2")));
}

TEST(AnswerCheck, StringsAreNoExpressions) {
  AnswerCheck check(MatchMode::kString, BadPatterns::kRefuse);
  AddLine(check, 2, {"(unclosed"});
  Notes notes;
  check.Finish("q.qa.csv", notes);
  EXPECT_THAT(notes.all, IsEmpty());
}

TEST(AnswerCheck, QuestionsWithoutAnswersAreRefusedWhereTheyNeedThem) {
  AnswerCheck check(MatchMode::kRegex, BadPatterns::kMatchNothing);
  check.Add({"", "what?", {}}, "q.qa.csv, line 1", false);
  AddLine(check, 3, {});
  const Error error = Refusal(check);
  EXPECT_THAT(error.problem(), HasSubstr("line 3: the question has no answers"));
  EXPECT_THAT(error.problem(), Not(HasSubstr("line 1")));
  EXPECT_THAT(error.hint(), AllOf(HasSubstr("--qrels"), Not(HasSubstr("--skip-bad"))));
}

TEST(AnswerCheck, ListsTheFirstFewDozenAndCountsTheRest) {
  AnswerCheck check(MatchMode::kRegex, BadPatterns::kRefuse);
  for (int line = 1; line <= 1000; ++line) AddLine(check, line, {"(" + std::to_string(line)});
  const std::string problem = Refusal(check).problem();
  EXPECT_THAT(problem, HasSubstr(": 1000\n"));
  EXPECT_THAT(problem, HasSubstr("`(30`"));
  EXPECT_THAT(problem, Not(HasSubstr("`(31`")));
  EXPECT_THAT(problem, HasSubstr("and 970 more"));
}

}  // namespace
}  // namespace dpr
