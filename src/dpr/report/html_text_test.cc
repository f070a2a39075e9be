#include "dpr/report/html_text.h"

#include <gtest/gtest.h>

namespace dpr {
namespace {

TEST(EscapeHtml, EscapesMarkupAndBothQuotes) {
  EXPECT_EQ(EscapeHtml(R"(<a href="x" b='y'>R&D</a>)"),
            "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;R&amp;D&lt;/a&gt;");
}

TEST(EscapeHtml, KeepsCharactersOfAllLanguages) {
  EXPECT_EQ(EscapeHtml("東京 – naïve 😀\n\tx"), "東京 – naïve 😀\n\tx");
}

TEST(EscapeHtml, GivesNothingThatXmlForbids) {
  EXPECT_EQ(EscapeHtml(std::string_view("a\0b\x1b[2J\r\x7f\xc2\x85", 11)), "a b [2J   ");
  EXPECT_EQ(EscapeHtml("\xff|\xc3|\xed\xa0\x80|\xef\xbf\xbe"),
            "\uFFFD|\uFFFD|\uFFFD\uFFFD\uFFFD|\uFFFD");
}

}  // namespace
}  // namespace dpr
