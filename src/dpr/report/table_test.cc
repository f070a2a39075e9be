#include "dpr/report/table.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "dpr/report/display_width.h"

namespace dpr {
namespace {

Table Encoders() {
  Table table({{"encoder"}, {"nDCG@10", Align::kRight}});
  table.AddRow({"MiniLM", "0.5831"});
  table.AddRow({"東京-large", "12.5"});
  return table;
}

TEST(Table, AlignsTextLeftAndNumbersRight) {
  EXPECT_EQ(Encoders().Text(),
            "encoder     nDCG@10\n"
            "──────────  ───────\n"
            "MiniLM       0.5831\n"
            "東京-large     12.5\n");
}

TEST(Table, LeavesNoSpacesAtLineEnds) {
  Table table({{"a"}, {"long header"}});
  table.AddRow({"x", ""});
  EXPECT_EQ(table.Text(), "a  long header\n─  ───────────\nx\n");
}

TEST(Table, ColoursOnlyWhenAsked) {
  EXPECT_EQ(Encoders().Text().find('\x1b'), std::string::npos);
  EXPECT_TRUE(
      Encoders().Text({.colours = true}).starts_with("\x1b[1mencoder     nDCG@10\x1b[0m\n"));
}

TEST(Table, CutsTheWidestTextAndNeverNumbers) {
  Table table({{"id"}, {"title"}, {"score", Align::kRight}});
  table.AddRow({"12", "The Debian Administrator's Handbook", "123456789.25"});
  EXPECT_EQ(table.Text({.width = 30}),
            "id  title                score\n"
            "──  ────────────  ────────────\n"
            "12  The Debian …  123456789.25\n");
  EXPECT_EQ(table.Text({.width = 1}),
            "id  title            score\n"
            "──  ────────  ────────────\n"
            "12  The Deb…  123456789.25\n");
}

TEST(Table, FitsAnyWidthThatCanHoldIt) {
  Table table({{"question"}, {"passage that answers it"}, {"rank", Align::kRight}});
  table.AddRow({"who wrote the first book about 東京 in the year of the great fire",
                std::string(300, 'x'), "17"});
  table.AddRow({"", "e\u0301", "3"});
  for (size_t width = 24; width < 400; ++width) {
    std::istringstream lines(table.Text({.width = width}));
    for (std::string line; std::getline(lines, line);) ASSERT_LE(DisplayWidth(line), width);
  }
}

TEST(Table, CellsCannotBreakTheLayout) {
  Table table({{"title"}, {"n", Align::kRight}});
  table.AddRow({"two\nlines\x1b[2J", "1\n"});
  EXPECT_EQ(table.Text(), "title           n\n─────────────  ──\ntwo lines [2J  1\n");
}

TEST(Table, WritesMarkdown) {
  Table table = Encoders();
  table.AddRow({"a|b <i>\nc", "-"});
  EXPECT_EQ(table.Markdown(),
            "| encoder | nDCG@10 |\n"
            "|---|---:|\n"
            "| MiniLM | 0.5831 |\n"
            "| 東京-large | 12.5 |\n"
            "| a\\|b &lt;i> c | - |\n");
}

TEST(Table, WritesHtml) {
  Table table({{"encoder"}, {"a & b", Align::kRight}});
  table.AddRow({"<b>MiniLM</b>", "0.5831"});
  EXPECT_EQ(
      table.Html(),
      "<table>\n<thead>\n"
      "<tr><th scope=\"col\">encoder</th><th scope=\"col\" class=\"number\">a &amp; b</th></tr>\n"
      "</thead>\n<tbody>\n"
      "<tr><td>&lt;b&gt;MiniLM&lt;/b&gt;</td><td class=\"number\">0.5831</td></tr>\n"
      "</tbody>\n</table>\n");
}

TEST(Table, WritesCsvAndTsvThatKeepEveryByte) {
  Table table({{"a,b"}, {"c"}});
  table.AddRow({"say \"no\"", "two\nlines\\\t\r"});
  EXPECT_EQ(table.Csv(), "\"a,b\",c\n\"say \"\"no\"\"\",\"two\nlines\\\t\r\"\n");
  EXPECT_EQ(table.Tsv(), "a,b\tc\nsay \"no\"\ttwo\\nlines\\\\\\t\\r\n");
}

TEST(Table, HasAHeaderWithoutRows) {
  const Table table({{"a"}, {"b"}});
  EXPECT_EQ(table.Text({.width = 3}), "a  b\n─  ─\n");
  EXPECT_EQ(table.Markdown(), "| a | b |\n|---|---|\n");
  EXPECT_EQ(table.Csv(), "a,b\n");
}

}  // namespace
}  // namespace dpr
