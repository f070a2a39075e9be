// Passages from SQuAD JSON, whatever the order of its keys; damage is an error, never a shorter
// list.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dpr/data/json_scanner.h"
#include "dpr/data/test_passages.h"

namespace dpr {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::kSkipBad;
using testing::MessageOf;
using testing::OpenBytes;
using testing::ReadAll;
using testing::ReadBytes;

constexpr std::string_view kSquad = R"({
 "version": "v2.0",
 "data": [
  {"title": "Super_Bowl_50", "paragraphs": [
    {"context": "First \"one\" [{", "qas": [{"id": "1", "question": "Q?", "answers": []}]},
    {"qas": [], "context": "Second"}]},
  {"paragraphs": [{"context": "Third"}], "title": "Nikola_Tesla"}
 ],
 "more": {"data": [1]}
})";

TEST(SquadPassages, EachParagraphIsAPassageUnderItsArticlesTitle) {
  const auto passages = ReadBytes(OpenSquad, kSquad);
  ASSERT_EQ(passages.size(), 3u);
  EXPECT_EQ(passages[0].id, "Super_Bowl_50#1");
  EXPECT_EQ(passages[0].title, "Super Bowl 50");
  EXPECT_EQ(passages[0].text, "First \"one\" [{");
  EXPECT_EQ(passages[1].id, "Super_Bowl_50#2");
  EXPECT_EQ(passages[2].id, "Nikola_Tesla#1");
  EXPECT_EQ(passages[2].title, "Nikola Tesla");
}

TEST(SquadPassages, SaysWhichParagraphItRead) {
  const auto reader = OpenBytes(OpenSquad, kSquad);
  Passage passage;
  reader->Next(passage);
  reader->Next(passage);
  EXPECT_EQ(reader->where(), "file, article 1 (Super_Bowl_50), paragraph 2");
}

TEST(SquadPassages, TitlesThatAreMissingOrRepeatedGiveDistinctIds) {
  const auto passages = ReadBytes(
      OpenSquad,
      R"({"data":[{"paragraphs":[{"context":"a"}]},{"title":"T","paragraphs":[{"context":"b"}]},
                     {"title":null,"paragraphs":[{"context":"c"}]},{"title":"T","paragraphs":[{"context":"d"}]}]})");
  ASSERT_EQ(passages.size(), 4u);
  EXPECT_EQ(passages[0].id, "untitled#1");
  EXPECT_EQ(passages[1].id, "T#1");
  EXPECT_EQ(passages[2].id, "untitled#2");
  EXPECT_EQ(passages[3].id, "T#2");
}

TEST(SquadPassages, EveryPlaceToCutTheFileIsNoticed) {
  for (size_t size = 0; size < kSquad.size(); ++size) {
    EXPECT_THROW(ReadBytes(OpenSquad, kSquad.substr(0, size)), Error) << size;
  }
}

TEST(SquadPassages, DamageIsAnErrorThatSaysWhere) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"version": 1})", "no array `data`"},
      {R"({})", "no array `data`"},
      {R"([])", "byte 0"},
      {R"({"data": {}})", "byte 9"},
      {R"({"data": []} x)", "more follows"},
      {R"({"data": [], "data": []})", "twice"},
      {R"({"data": [5]})", "article 1"},
      {R"({"data": [{"title": "T"}]})", "no array `paragraphs`"},
      {R"({"data": [{"title": 5, "paragraphs": []}]})", "`title` is not a string"},
      {R"({"data": [{"title": "T", "paragraphs": [{}]}]})", "no `context`"},
      {R"({"data": [{"title": "T", "paragraphs": [7]}]})", "no `context`"},
      {R"({"data": [{"title": "T", "paragraphs": [{"context": 5}]}]})",
       "`context` is not a string"},
      {R"({"data": [{"title": "T" "paragraphs": []}]})", "malformed"},
      {R"({"data": [{"title": "T", "paragraphs": []} {}]})", "`]` was expected"},
      {"{\"data\": [{\"title\": \"\xe9\", \"paragraphs\": []}]}", "UTF-8"},
  };
  for (const auto& [text, problem] : cases) {
    EXPECT_THAT(MessageOf([&bytes = text] { ReadBytes(OpenSquad, bytes); }),
                AllOf(HasSubstr("file"), HasSubstr(problem)))
        << text;
  }
}

TEST(SquadPassages, SkipBadCountsArticlesAndParagraphs) {
  const auto reader = OpenBytes(
      OpenSquad,
      R"({"data":[5,{"title":"T","paragraphs":[{"context":"a"},{},{"context":"b"}]},{"title":"U"},
          {"title":"V","paragraphs":[{"context":"c"}]}]})",
      kSkipBad);
  const auto passages = ReadAll(*reader);
  ASSERT_EQ(passages.size(), 3u);
  EXPECT_EQ(passages[1].id, "T#2");
  EXPECT_EQ(passages[2].id, "V#1");
  EXPECT_EQ(reader->bad_records(), 3);
}

TEST(JsonScanner, TakesValuesWhole) {
  JsonScanner scanner(StreamOf(R"( {"a]\"" : [1, "}", {"b": []}] ,"c":-1.5e3,"d":true} )", "file"));
  scanner.Expect('{');
  EXPECT_EQ(scanner.Value(), R"("a]\"")");
  scanner.Expect(':');
  EXPECT_EQ(scanner.Value(), R"([1, "}", {"b": []}])");
  EXPECT_TRUE(scanner.Take(','));
  scanner.SkipValue();
  scanner.Expect(':');
  EXPECT_EQ(scanner.Value(), "-1.5e3");
  EXPECT_TRUE(scanner.Take(','));
  scanner.SkipValue();
  scanner.Expect(':');
  scanner.SkipValue();
  EXPECT_FALSE(scanner.Take(','));
  scanner.Expect('}');
  EXPECT_EQ(scanner.Peek(), 0);
}

TEST(JsonScanner, RefusesAValueThatIsTooLarge) {
  JsonScanner scanner(StreamOf("[\"12345678\"]", "file"), 11);
  EXPECT_THAT(MessageOf([&] { scanner.Value(); }), HasSubstr("larger than 11 bytes"));
  JsonScanner other(StreamOf("[\"12345678\"]", "file"), 12);
  EXPECT_EQ(other.Value().size(), 12u);
}

}  // namespace
}  // namespace dpr
