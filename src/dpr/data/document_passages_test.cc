// Documents become passages with a title, an id and a place; alone among sources they are split.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

SourceFile Found(const std::string& page, SourceFormat format) {
  return {page, page, "docs", page, format};
}
SourceFile Named(const std::string& page, SourceFormat format) {
  return {page, page, "", page, format};
}

TEST(DocumentPassages, HaveAnIdATitleAndAPlace) {
  const SourceOptions options{.split = {.words = 3, .overlap = 1}, .skip_bad = false};
  const auto passages = ReadBytes(OpenDocument, "one two three four\nfive", options,
                                  Named("a \"b\"/notes.txt.gz", SourceFormat::kText));
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_EQ(passages[0].id, "a \"b\"/notes.txt.gz#1");
  EXPECT_EQ(passages[0].title, "notes");
  EXPECT_EQ(passages[0].text, "one two three");
  EXPECT_EQ(passages[1].text, "three four five");
  EXPECT_EQ(passages[1].metadata, R"({"page":"a \"b\"/notes.txt.gz","passage":2})");
}

TEST(DocumentPassages, TheirTitleIsTheDocumentsElseTheFilesName) {
  EXPECT_EQ(
      ReadBytes(OpenDocument, "<title>T</title>x", {}, Named("a.html", SourceFormat::kHtml))[0]
          .title,
      "T");
  EXPECT_EQ(ReadBytes(OpenDocument, "x", {}, Named("d/a.b.html", SourceFormat::kHtml))[0].title,
            "a.b");
  EXPECT_EQ(ReadBytes(OpenDocument, "# T\nx", {}, Named("a.md", SourceFormat::kMarkdown))[0].title,
            "T");
  EXPECT_EQ(ReadBytes(OpenDocument, "# T\nx", {}, Named("a.txt", SourceFormat::kText))[0].title,
            "a");
  SourceFile standard_input = Named("standard-input", SourceFormat::kText);
  standard_input.key = "-";
  EXPECT_EQ(ReadBytes(OpenDocument, "x", {}, standard_input)[0].title, "");
}

TEST(DocumentPassages, ADocumentWithoutWordsIsAnErrorOnlyWhereItWasGivenByName) {
  EXPECT_TRUE(ReadBytes(OpenDocument, " \n", {}, Found("a.txt", SourceFormat::kText)).empty());
  EXPECT_TRUE(ReadBytes(OpenDocument, "", {}, Found("a.md", SourceFormat::kMarkdown)).empty());
  EXPECT_THAT(
      MessageOf([] { ReadBytes(OpenDocument, " \n", {}, Named("a.txt", SourceFormat::kText)); }),
      HasSubstr("no words"));
}

TEST(DocumentPassages, WhatIsNotTextIsRefused) {
  const auto file = Found("a.txt", SourceFormat::kText);
  EXPECT_THAT(MessageOf([&] { ReadBytes(OpenDocument, "a\nb\n\xe9t\xe9\n", {}, file); }),
              AllOf(HasSubstr("file, line 3"), HasSubstr("UTF-8")));
  EXPECT_THAT(MessageOf([&] { ReadBytes(OpenDocument, "a\xe9", {}, file); }), HasSubstr("line 1"));
  EXPECT_THAT(MessageOf([&] { ReadBytes(OpenDocument, std::string_view("a\0b", 3), {}, file); }),
              HasSubstr("NUL"));
  const auto reader = OpenBytes(OpenDocument, "a\xe9", kSkipBad, file);
  EXPECT_TRUE(ReadAll(*reader).empty());
  EXPECT_EQ(reader->bad_records(), 1);
}

TEST(DocumentPassages, AByteOrderMarkIsNoWord) {
  EXPECT_EQ(
      ReadBytes(OpenDocument, "\xef\xbb\xbfhello", {}, Found("a.txt", SourceFormat::kText))[0].text,
      "hello");
}

TEST(DocumentPassages, ATangledPageIsABadRecord) {
  std::string page = "<p>";
  for (int i = 0; i < 5000; ++i) page += "<b a" + std::to_string(i) + ">";
  for (int i = 0; i < 5000; ++i) page += "<p>x";
  const auto file = Found("a.html", SourceFormat::kHtml);
  EXPECT_THAT(MessageOf([&] { ReadBytes(OpenDocument, page, {}, file); }), HasSubstr("file: "));
  const auto reader = OpenBytes(OpenDocument, page, kSkipBad, file);
  EXPECT_TRUE(ReadAll(*reader).empty());
  EXPECT_EQ(reader->bad_records(), 1);
}

}  // namespace
}  // namespace dpr
