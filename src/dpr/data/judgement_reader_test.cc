// Judgements in BEIR's and TREC's layout.
#include "dpr/data/judgement_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dpr/data/test_passages.h"

namespace dpr {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::MessageOf;

std::vector<Judgement> Read(std::string_view text) {
  return ReadJudgements(StreamOf(text, "file"));
}

TEST(ReadJudgements, ReadsBeirsLayout) {
  const auto judgements = Read("\xef\xbb\xbfquery-id\tcorpus-id\tscore\r\nq1\td1\t2\r\nq1\td2\t0");
  ASSERT_EQ(judgements.size(), 2u);
  EXPECT_EQ(judgements[0].question_id, "q1");
  EXPECT_EQ(judgements[0].passage_id, "d1");
  EXPECT_EQ(judgements[0].relevance, 2);
  EXPECT_EQ(judgements[1].relevance, 0);
  EXPECT_EQ(Read("q1\td1\t1\n").size(), 1u) << "without the header";
}

TEST(ReadJudgements, ReadsTrecsLayout) {
  const auto judgements = Read("301 0 FBIS3-1 -1\n\n301  0\tFBIS3-2 1\n");
  ASSERT_EQ(judgements.size(), 2u);
  EXPECT_EQ(judgements[0].question_id, "301");
  EXPECT_EQ(judgements[0].passage_id, "FBIS3-1");
  EXPECT_EQ(judgements[0].relevance, -1);
}

TEST(ReadJudgements, MalformedLinesNameTheirNumber) {
  const std::pair<const char*, const char*> cases[] = {
      {"q d 1\nq d\n", "2 columns, not 3"},
      {"q 0 d 1\nq d 1\n", "3 columns, not 4"},
      {"q d 1\nq e one\n", "`one` is not a whole number"},
      {"q d 1\nq e 1.5\n", "`1.5` is not a whole number"},
      {"q d 1\nq e 99999999999\n", "not a whole number"},
      {"q d 1\nq d 1\n", "judged twice"},
      {"q d 1\nq \xff 1\n", "UTF-8"},
  };
  for (const auto& [text, problem] : cases) {
    EXPECT_THAT(MessageOf([&bytes = text] { Read(bytes); }),
                AllOf(HasSubstr("file, line 2"), HasSubstr(problem)))
        << text;
  }
}

TEST(ReadJudgements, AFileWithoutThemIsAnError) {
  for (const char* text : {"", "\n", "query-id\tcorpus-id\tscore\n"}) {
    EXPECT_THAT(MessageOf([&bytes = text] { Read(bytes); }), HasSubstr("no judgements"));
  }
}

}  // namespace
}  // namespace dpr
