// Markdown as its reader sees it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dpr/data/document.h"

namespace dpr {
namespace {

std::string TextOf(std::string_view markdown) { return Squeezed(ParseMarkdown(markdown).text); }

TEST(ParseMarkdown, TheTitleIsTheFrontMattersElseTheFirstHeadings) {
  Document document = ParseMarkdown("---\nauthor: me\ntitle: \"A: b\"\n---\n# C\ntext");
  EXPECT_EQ(document.title, "A: b");
  EXPECT_EQ(Squeezed(document.text), "C text");
  document = ParseMarkdown("+++\r\ntitle = 'A'\r\n+++\r\ntext");
  EXPECT_EQ(document.title, "A");
  EXPECT_EQ(Squeezed(document.text), "text");
  document = ParseMarkdown("intro\n\n## The *first* ##\n# second\n");
  EXPECT_EQ(document.title, "The first");
  EXPECT_EQ(Squeezed(document.text), "intro second");
  document = ParseMarkdown("Title\nof two lines\n=====\ntext");
  EXPECT_EQ(document.title, "Title of two lines");
  EXPECT_EQ(Squeezed(document.text), "text");
  EXPECT_EQ(ParseMarkdown("text").title, "");
}

TEST(ParseMarkdown, ARuleAtTheBeginningIsNoFrontMatter) {
  EXPECT_EQ(TextOf("---\ntext without end"), "text without end");
}

TEST(ParseMarkdown, DropsTheMarksOfBlocks) {
  EXPECT_EQ(TextOf("> quoted\n> > twice\n\n* one\n* two\n  - [x] three\n1. four\n2) five\n\n***\n- "
                   "- -\nend"),
            "quoted twice one two three four five end");
}

TEST(ParseMarkdown, KeepsWhatOnlyLooksLikeAMark) {
  EXPECT_EQ(
      TextOf("#hashtag\n\n1995.5 was good\n\n-5 degrees\n\n2 * 3 = 6, a_b_c, x*y\n\nC# and F#"),
      "#hashtag 1995.5 was good -5 degrees 2 * 3 = 6, a_b_c, x*y C# and F#");
}

TEST(ParseMarkdown, KeepsCodeAsItIs) {
  EXPECT_EQ(TextOf("a\n```cpp\n# not a *heading*\n\n[x](y)\n```\nb `*c*` ``d`e`` `f\n~~~\ng"),
            "a # not a *heading* [x](y) b *c* d`e `f g");
}

TEST(ParseMarkdown, DropsTheMarksOfEmphasis) {
  EXPECT_EQ(TextOf("*a* **b** ***c*** _d_ __e__ ~~f~~ (*g*), **h**."), "a b c d e f (g), h.");
}

TEST(ParseMarkdown, OfLinksAndImagesTheWordsStay) {
  EXPECT_EQ(
      TextOf(
          "[a *b*](http://x/(y) \"t\") ![c](d.png) [e][f] [g][] <http://h> <i@j.k> [![l](m)](n)\n\n"
          "[f]: http://x\n[^1]: a note[^1] end, [brackets], array[0](call)"),
      "a b c e g http://h i@j.k l : a note end, [brackets], array0");
}

TEST(ParseMarkdown, LinksMaySpanLines) {
  EXPECT_EQ(TextOf("see [the\nbook](http://x) now"), "see the book now");
}

TEST(ParseMarkdown, DropsTagsAndCommentsAndDecodesEntities) {
  EXPECT_EQ(
      TextOf("a<br>b <b>c</b>d <!-- e\n\nf --> g &amp; &lt;h&gt; &#233;&#xE9; &unknown; 1 < 2 > 0"),
      "a b cd g & <h> éé &unknown; 1 < 2 > 0");
}

TEST(ParseMarkdown, ReadsTables) {
  EXPECT_EQ(TextOf("| a | b |\n|---|:-:|\n| c | d |\n\ne | f\n-- | --\ng | h\n\nx | y"),
            "a b c d e f g h x | y");
}

TEST(ParseMarkdown, BackslashesEscape) {
  EXPECT_EQ(TextOf("\\*a\\* \\[b\\](c) \\d"), "*a* [b](c) \\d");
}

// Each would take hours if anything were looked for again at every place.
TEST(ParseMarkdown, HostileTextTakesLinearTime) {
  for (const char* piece :
       {"[", "](", "[a](", "`", "``a`", "<a", "![", "*a ", "> ", "- ", "&#1", "\\[", "<!--"}) {
    std::string text;
    while (text.size() < 2'000'000) text += piece;
    EXPECT_LE(ParseMarkdown(text).text.size(), 2 * text.size()) << piece;
  }
  std::string runs;
  for (size_t i = 1; runs.size() < 2'000'000; ++i) runs += std::string(i, '`') + " ";
  EXPECT_LE(ParseMarkdown(runs).text.size(), runs.size() + 2);
}

}  // namespace
}  // namespace dpr
