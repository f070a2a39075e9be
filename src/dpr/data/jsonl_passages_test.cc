// Passages from JSONL: BEIR's, Pyserini's and everybody's keys; what else is there stays as
// metadata.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

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

Passage One(std::string_view line) {
  const auto passages = ReadBytes(OpenJsonl, line);
  EXPECT_EQ(passages.size(), 1u);
  return passages.empty() ? Passage{} : passages[0];
}

TEST(JsonlPassages, ReadsBeirsLayout) {
  const Passage passage = One(
      R"({"_id": "MED-10", "title": "Statin \"use\"", "text": "na\u00efve \ud83d\ude81", "metadata": {}})");
  EXPECT_EQ(passage.id, "MED-10");
  EXPECT_EQ(passage.title, "Statin \"use\"");
  EXPECT_EQ(passage.text, "naïve 🚁");
  EXPECT_EQ(passage.metadata, "");
}

TEST(JsonlPassages, ReadsPyserinisContents) {
  const Passage passage = One(R"({"id": "1", "contents": "Title\nText\nmore"})");
  EXPECT_EQ(passage.title, "Title");
  EXPECT_EQ(passage.text, "Text\nmore");
  EXPECT_EQ(One(R"({"id": "1", "contents": "one line"})").text, "one line");
  EXPECT_EQ(One(R"({"id": "1", "title": "t", "contents": "a\nb"})").text, "a\nb");
}

TEST(JsonlPassages, IdsMayBeWholeNumbers) {
  EXPECT_EQ(One(R"({"id": 17, "text": ""})").id, "17");
  EXPECT_EQ(One(R"({"id": -3, "text": ""})").id, "-3");
  EXPECT_EQ(One(R"({"id": 18446744073709551615, "text": ""})").id, "18446744073709551615");
}

TEST(JsonlPassages, ANullTitleIsNone) {
  EXPECT_EQ(One(R"({"id": "1", "title": null, "text": "x"})").title, "");
}

TEST(JsonlPassages, OtherKeysBecomeMetadataAsTheyAre) {
  const Passage passage = One(
      R"({"year": 1999, "id": "1", "text": "x", "tags": ["a", {"b": null}], "x\"y": 0.5, "ok": true})");
  EXPECT_EQ(passage.metadata, R"({"year":1999,"tags":["a",{"b":null}],"x\"y":0.5,"ok":true})");
}

TEST(JsonlPassages, NestedMetadataIsMergedAndLosesNothing) {
  EXPECT_EQ(
      One(R"({"_id": "1", "text": "", "url": "u", "metadata": {"a": 1, "url": "v"}})").metadata,
      R"({"url":"u","a":1,"metadata.url":"v"})");
  EXPECT_EQ(One(R"({"_id": "1", "text": "", "metadata": "free"})").metadata,
            R"({"metadata":"free"})");
  EXPECT_EQ(One(R"({"_id": "1", "text": "", "metadata": null})").metadata, "");
}

TEST(JsonlPassages, WhatCouldHaveBeenTheIdOrTextStaysAsMetadata) {
  const Passage passage = One(R"({"id": "a", "_id": "b", "text": "t", "contents": "c"})");
  EXPECT_EQ(passage.id, "a");
  EXPECT_EQ(passage.text, "t");
  EXPECT_EQ(passage.metadata, R"({"_id":"b","contents":"c"})");
}

TEST(JsonlPassages, ReadsWindowsLineEndsEmptyLinesAndAMissingLastNewline) {
  const auto passages = ReadBytes(
      OpenJsonl, "\xef\xbb\xbf{\"id\":1,\"text\":\"a\"}\r\n\r\n  \n{\"id\":2,\"text\":\"b\"}");
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_EQ(passages[1].text, "b");
}

TEST(JsonlPassages, MalformedRecordsNameTheirLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"{\"id\": 1", "not JSON"},
      {"[1]", "not an object"},
      {"{\"id\": 1, \"text\": \"a\"} {}", "not JSON"},
      {"{\"id\": 1, \"text\": 5}", "`text` is not a string"},
      {"{\"id\": 1, \"text\": \"a\", \"title\": []}", "`title` is not a string"},
      {"{\"id\": 1}", "no `text` and no `contents`"},
      {"{\"text\": \"a\"}", "no `id` and no `_id`"},
      {"{\"id\": \"\", \"text\": \"a\"}", "the id is empty"},
      {"{\"id\": \"\\u0000\", \"text\": \"a\"}", "NUL"},
      {"{\"id\": 1.5, \"text\": \"a\"}", "whole number"},
      {"{\"id\": null, \"text\": \"a\"}", "whole number"},
      {"{\"id\": 1, \"id\": 2, \"text\": \"a\"}", "`id` is given twice"},
      {"{\"id\": 1, \"text\": \"a\", \"x\": 1, \"x\": 2}", "`x` is given twice"},
      {"{\"id\": 1, \"text\": \"a\", \"metadata\": {\"x\": 1, \"x\": 2, \"x\": 3}}", "given twice"},
      {"{\"id\": 1, \"text\": \"\xe9\"}", "UTF-8"},
      {"{\"id\": 1, \"text\": \"\\ud800\"}", "not JSON"},
  };
  for (const auto& [line, problem] : cases) {
    const std::string text = "{\"id\": 0, \"text\": \"\"}\n" + std::string(line) + "\n";
    EXPECT_THAT(MessageOf([&] { ReadBytes(OpenJsonl, text); }),
                AllOf(HasSubstr("file, line 2"), HasSubstr(problem)))
        << line;
  }
}

TEST(JsonlPassages, NumbersKeepTheirDigits) {
  const auto passages = ReadBytes(
      OpenJsonl,
      "{\"id\": 123456789012345678901234567890, \"text\": \"a\", \"big\": 18446744073709551616, "
      "\"far\": [1e400, 0.5], \"pi\": 3.14159265358979323846, \"n\": 18446744073709551615}\n");
  ASSERT_EQ(passages.size(), 1u);
  EXPECT_EQ(passages[0].id, "123456789012345678901234567890");
  EXPECT_EQ(passages[0].metadata,
            R"({"big":"18446744073709551616","far":["1e400",0.5],"pi":"3.14159265358979323846",)"
            R"("n":18446744073709551615})");
}

TEST(JsonlPassages, SkipBadCountsMalformedRecords) {
  const auto reader = OpenBytes(OpenJsonl,
                                "{\"id\": 1, \"text\": \"a\"}\nnonsense\n{\"id\": 2}\n\xff\n"
                                "{\"id\": 3, \"text\": \"b\"}\n",
                                kSkipBad);
  const auto passages = ReadAll(*reader);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_EQ(passages[1].id, "3");
  EXPECT_EQ(reader->bad_records(), 3);
}

TEST(JsonlPassages, DeepNestingIsRefusedOrReadButNeverCrashes) {
  for (const size_t depth : {500u, 5000u, 1000000u}) {
    const std::string line = "{\"id\": 1, \"text\": \"a\", \"x\": " + std::string(depth, '[') +
                             std::string(depth, ']') + "}\n";
    const auto reader = OpenBytes(OpenJsonl, line, kSkipBad);
    EXPECT_EQ(ReadAll(*reader).size() + static_cast<size_t>(reader->bad_records()), 1u) << depth;
  }
}

TEST(JsonlPassages, ALineOfAHundredMegabytesIsRefusedByItsNumber) {
  std::string hundred_megabytes;
  hundred_megabytes.resize(100'000'000, 'x');
  const std::string text = "{\"id\": 1, \"text\": \"a\"}\n{\"id\": 2, \"text\": \"" +
                           hundred_megabytes + "\"}\n{\"id\": 3, \"text\": \"b\"}\n";
  EXPECT_THAT(MessageOf([&] { ReadBytes(OpenJsonl, text); }), HasSubstr("file, line 2"));
  const auto reader = OpenBytes(OpenJsonl, text, kSkipBad);
  EXPECT_EQ(ReadAll(*reader).size(), 2u);
  EXPECT_EQ(reader->bad_records(), 1);
}

}  // namespace
}  // namespace dpr
