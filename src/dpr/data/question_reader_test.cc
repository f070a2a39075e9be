// Questions of three formats; lists of answers equal Python's eval().
#include "dpr/data/question_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "dpr/base/test_environment.h"
#include "dpr/data/string_list.h"
#include "dpr/data/test_passages.h"

namespace dpr {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MessageOf;
using testing::TemporaryFolder;

std::vector<Question> Read(std::string_view text,
                           QuestionFormat format = QuestionFormat::kByContent) {
  const auto reader = OpenQuestions(StreamOf(text, "file"), format);
  std::vector<Question> questions;
  for (Question question; reader->Next(question);) questions.push_back(question);
  return questions;
}

TEST(ParseStringList, EqualsPythonsEval) {
  std::ifstream goldens(testing::TestData() / "data" / "string_lists.jsonl");
  int cases = 0, refused = 0;
  for (std::string line; std::getline(goldens, line); ++cases) {
    const auto golden = nlohmann::json::parse(line);
    const auto literal = golden["literal"].get<std::string>();
    if (golden["strings"].is_null()) {
      EXPECT_THROW(ParseStringList(literal), Error) << line;
      ++refused;
    } else {
      EXPECT_EQ(ParseStringList(literal), golden["strings"].get<std::vector<std::string>>())
          << line;
    }
  }
  EXPECT_EQ(cases, 248);
  EXPECT_EQ(refused, 25);
}

TEST(ParseStringList, ReadsJsonWhereItDiffersFromPython) {
  EXPECT_THAT(ParseStringList(R"(["\ud83d\ude81", "a\/b"])"), ElementsAre("🚁", "a/b"));
}

TEST(ParseStringList, SaysWhereTheListIsMalformed) {
  EXPECT_THAT(MessageOf([] { ParseStringList("['a' 7]"); }), HasSubstr("character 6"));
  EXPECT_THAT(MessageOf([] { ParseStringList("['\\N{DASH}']"); }), HasSubstr("\\N"));
}

TEST(Questions, ReadDprsLayout) {
  const auto questions = Read(
      "who\u2019s?\t['Linda Davis', \"b's\"]\n\"What of \"\"it\"\"?\"\t\"['a "
      "\"\"b\"\"']\"\nnone\t[]\n",
      QuestionFormat::kDprCsv);
  ASSERT_EQ(questions.size(), 3u);
  EXPECT_EQ(questions[0].id, "1");
  EXPECT_EQ(questions[0].text, "who's?") << "U+2019 is made straight, as DPR does";
  EXPECT_THAT(questions[0].answers, ElementsAre("Linda Davis", "b's"));
  EXPECT_EQ(questions[1].text, "What of \"it\"?");
  EXPECT_THAT(questions[1].answers, ElementsAre("a \"b\""));
  EXPECT_EQ(questions[2].id, "3");
  EXPECT_THAT(questions[2].answers, IsEmpty());
}

TEST(Questions, ReadBeirsLayout) {
  const auto questions = Read(
      "{\"_id\": \"q1\", \"text\": \"one\", \"metadata\": {}}\r\n{\"id\": 7, \"question\": "
      "\"two\", \"answers\": [\"a\"]}\n"
      "{\"question\": \"three\"}");
  ASSERT_EQ(questions.size(), 3u);
  EXPECT_EQ(questions[0].id, "q1");
  EXPECT_EQ(questions[1].id, "7");
  EXPECT_THAT(questions[1].answers, ElementsAre("a"));
  EXPECT_EQ(questions[2].id, "3");
}

TEST(Questions, ReadOneALine) {
  const auto questions = Read("\xef\xbb\xbfhow?\r\n\nq7\twhy is\tthat?\r\nlast");
  ASSERT_EQ(questions.size(), 3u);
  EXPECT_EQ(questions[0].id, "1");
  EXPECT_EQ(questions[0].text, "how?");
  EXPECT_EQ(questions[1].id, "q7");
  EXPECT_EQ(questions[1].text, "why is\tthat?");
  EXPECT_EQ(questions[2].id, "4") << "the line's number";
}

TEST(Questions, TheNameDecidesThenTheContent) {
  const TemporaryFolder folder;
  EXPECT_EQ(ReadQuestions(folder.Write("a.txt", "{\"id\": 1}")).at(0).text, "{\"id\": 1}");
  EXPECT_EQ(ReadQuestions(folder.Write("a.tsv", "{\"_id\": \"x\", \"text\": \"t\"}")).at(0).id,
            "x");
  EXPECT_THAT(ReadQuestions(folder.Write("a.csv", "q\t['a']\n")).at(0).answers, ElementsAre("a"));
  EXPECT_EQ(ReadQuestions(folder.Write("b.csv", "q1\ttext\n")).at(0).id, "q1");
  EXPECT_THROW(ReadQuestions(folder.Write("a.qa.csv", "q1\ttext\n")), Error);
}

TEST(Questions, MalformedOnesNameTheirLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"a\t['b']\nc\t['d'\n", "character"},
      {"a\t['b']\nc\n", "1 columns"},
      {"a\t['b']\n\t['d']\n", "the question is empty"},
      {"a\t['b']\n\xff\t['d']\n", "UTF-8"},
      {"{\"_id\": 1, \"text\": \"a\"}\n{\"_id\": 1, \"text\": \"b\"}\n",
       "`1` was there before. Give each"},
      {"{\"_id\": 1, \"text\": \"a\"}\n{\"_id\": 2}\n", "no `text`"},
      {"{\"_id\": 1, \"text\": \"a\"}\n{\"_id\": 2, \"text\": null}\n", "the question is empty"},
      {"{\"_id\": 1, \"text\": \"a\"}\n{\"_id\": 2, \"text\": \"b\", \"answers\": \"c\"}\n",
       "not an array"},
      {"a\nid\t \n", "the question is empty"},
      {"a\n\tb\n", "the id is empty"},
      {"a\nb\xff\n", "UTF-8"},
  };
  for (const auto& [text, problem] : cases) {
    EXPECT_THAT(MessageOf([&bytes = text] { Read(bytes); }),
                AllOf(HasSubstr("file, line 2"), HasSubstr(problem)))
        << text;
  }
}

TEST(Questions, AFileWithoutThemIsAnError) {
  const TemporaryFolder folder;
  EXPECT_THAT(MessageOf([&] { ReadQuestions(folder.Write("a.txt", "")); }), HasSubstr("empty"));
  EXPECT_THAT(MessageOf([&] { ReadQuestions(folder.Write("a.txt", "\n\n")); }),
              HasSubstr("no questions"));
}

}  // namespace
}  // namespace dpr
