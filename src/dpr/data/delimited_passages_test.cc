// Passages from TSV and CSV: columns by name, everything else as metadata, errors with the line.
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

TEST(DelimitedPassages, ReadsDprsWikipediaLayout) {
  const auto passages = ReadBytes(OpenTsv,
                                  "id\ttext\ttitle\n1\t\"\"\"Aaron\"\" (or; \"\"Ahärôn\"\") is a "
                                  "prophet\"\tAaron\n2\tplain\t\"x \"\"y\"\"\"\n");
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_EQ(passages[0].id, "1");
  EXPECT_EQ(passages[0].title, "Aaron");
  EXPECT_EQ(passages[0].text, "\"Aaron\" (or; \"Ahärôn\") is a prophet")
      << "quotes of the text stay";
  EXPECT_EQ(passages[0].metadata, "");
  EXPECT_EQ(passages[1].title, "x \"y\"");
}

TEST(DelimitedPassages, FindsColumnsByNameInAnyOrderAndCase) {
  const auto passages = ReadBytes(OpenCsv, "Title, TEXT ,_id\nt,\"a, b\",7\n");
  ASSERT_EQ(passages.size(), 1u);
  EXPECT_EQ(passages[0].id, "7");
  EXPECT_EQ(passages[0].title, "t");
  EXPECT_EQ(passages[0].text, "a, b");
}

TEST(DelimitedPassages, OtherColumnsBecomeMetadata) {
  const auto passages =
      ReadBytes(OpenTsv, "id\turl\ttext\ta \"b\"\t\n1\thttp://x/\u00e9\tt\tq\"\\\t\n");
  ASSERT_EQ(passages.size(), 1u);
  const auto metadata = nlohmann::json::parse(passages[0].metadata);
  EXPECT_EQ(metadata,
            (nlohmann::json{{"url", "http://x/é"}, {"a \"b\"", "q\"\\"}, {"column_5", ""}}));
}

TEST(DelimitedPassages, SplitsContentsAtTheFirstLineUnlessThereIsATitle) {
  auto passages = ReadBytes(OpenCsv, "id,contents\n1,\"title\ntext\nmore\"\n2,one line\n");
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_EQ(passages[0].title, "title");
  EXPECT_EQ(passages[0].text, "text\nmore");
  EXPECT_EQ(passages[1].title, "");
  EXPECT_EQ(passages[1].text, "one line");
  passages = ReadBytes(OpenCsv, "id,contents,title\n1,\"a\nb\",t\n");
  EXPECT_EQ(passages[0].title, "t");
  EXPECT_EQ(passages[0].text, "a\nb");
}

TEST(DelimitedPassages, EmptyTextAndTitleAreNoError) {
  const auto passages = ReadBytes(OpenTsv, "id\ttext\ttitle\n1\t\t\n");
  ASSERT_EQ(passages.size(), 1u);
  EXPECT_EQ(passages[0].text, "");
}

TEST(DelimitedPassages, AFirstLineAloneIsNoPassage) {
  EXPECT_TRUE(ReadBytes(OpenTsv, "id\ttext\ttitle\n").empty());
  EXPECT_TRUE(ReadBytes(OpenTsv, "id\ttext\ttitle").empty());
}

TEST(DelimitedPassages, ReadsWindowsLineEndsAndAByteOrderMark) {
  const auto passages = ReadBytes(OpenTsv, "\xef\xbb\xbfid\ttext\r\n1\tx\r\n2\ty");
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_EQ(passages[0].text, "x");
  EXPECT_EQ(passages[1].text, "y");
}

TEST(DelimitedPassages, JoinedFilesMayRepeatTheFirstLine) {
  EXPECT_EQ(ReadBytes(OpenTsv, "id\ttext\n1\tx\nid\ttext\n2\ty\n").size(), 2u);
}

TEST(DelimitedPassages, AMissingColumnNamesTheFileWhatIsThereAndWhatIsNeeded) {
  EXPECT_THAT(MessageOf([] { ReadBytes(OpenTsv, "pid\ttext\n1\tx\n"); }),
              AllOf(HasSubstr("file, line 1"), HasSubstr("`pid`, `text`"), HasSubstr("`id`")));
  EXPECT_THAT(MessageOf([] { ReadBytes(OpenTsv, "id\tbody\n1\tx\n"); }), HasSubstr("`text`"));
  const std::string no_header = "1\t" + std::string(100000, 'x') + "\n";
  EXPECT_LT(MessageOf([&] { ReadBytes(OpenTsv, no_header); }).size(), 500u);
}

TEST(DelimitedPassages, AMissingColumnIsNoBadRecord) {
  EXPECT_THAT(MessageOf([] { OpenBytes(OpenTsv, "pid\ttext\n1\tx\n", kSkipBad); }),
              HasSubstr("`pid`"));
  EXPECT_THAT(MessageOf([] { OpenBytes(OpenTsv, "id\t\"text\n1\tx\n", kSkipBad); }),
              HasSubstr("line 1"));
}

TEST(DelimitedPassages, TwoColumnsOfOneNameAreAnError) {
  EXPECT_THAT(MessageOf([] { ReadBytes(OpenTsv, "id\ttext\tx\tx\n"); }), HasSubstr("`x`"));
}

TEST(DelimitedPassages, AMalformedRecordNamesItsLineOrIsCounted) {
  const std::string text = "id\ttext\n1\tx\n2\n\tno id\n3\ty\tz\n4\t\xff\n5\tlast\n";
  EXPECT_THAT(MessageOf([&] { ReadBytes(OpenTsv, text); }),
              AllOf(HasSubstr("file, line 3"), HasSubstr("1 fields")));
  const auto reader = OpenBytes(OpenTsv, text, kSkipBad);
  const auto passages = ReadAll(*reader);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_EQ(passages[1].id, "5");
  EXPECT_EQ(reader->bad_records(), 4);
  EXPECT_EQ(reader->where(), "file, line 7");
}

TEST(DelimitedPassages, ANulMayStandInATextButNotInAnId) {
  EXPECT_EQ(ReadBytes(OpenTsv, std::string_view("id\ttext\n1\ta\0b\n", 14))[0].text,
            std::string("a\0b", 3));
  EXPECT_THAT(MessageOf([] { ReadBytes(OpenTsv, std::string_view("id\ttext\n1\0\ta\n", 13)); }),
              HasSubstr("NUL"));
}

}  // namespace
}  // namespace dpr
