// What a reader of a page reads, and nothing of its furniture; hostile pages cost bounded memory,
// time and stack.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dpr/data/document.h"
#include "dpr/data/test_passages.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;
using testing::MessageOf;

std::string TextOf(std::string_view html) { return Squeezed(ParseHtml(html).text); }

TEST(Squeezed, MakesRunsOfSpaceOne) {
  EXPECT_EQ(Squeezed(" a \n\t b\xc2\xa0"
                     "c "),
            "a b c");
  EXPECT_EQ(Squeezed(" \n"), "");
}

TEST(ParseHtml, BlocksSeparateWordsAndInlineElementsDoNot) {
  EXPECT_EQ(TextOf("<p>one</p><p>two<b>th</b>ree</p><ul><li>a<li>b</ul>c<br>d"
                   "<table><tr><td>e</td><td>f</td></tr></table><code>g</code>h"),
            "one twothree a b c d e f gh");
}

TEST(ParseHtml, DecodesEntities) {
  EXPECT_EQ(TextOf("<p>a &lt;b&gt; &amp;amp; &eacute;&#233;&#xe9; x&nbsp;y"),
            "a <b> &amp; ééé x y");
}

TEST(ParseHtml, TheTitleIsTheElementsElseTheFirstHeadings) {
  EXPECT_EQ(ParseHtml("<title> A\n &amp; B </title><h1>C</h1>").title, "A & B");
  EXPECT_EQ(ParseHtml("<p>x</p><h2>The <em>first</em></h2><h1>second</h1>").title, "The first");
  EXPECT_EQ(ParseHtml("<title></title><h1> </h1><h2>x</h2>").title, "x");
  EXPECT_EQ(ParseHtml("<p>no title").title, "");
  EXPECT_EQ(ParseHtml("<nav><h1>Menu</h1></nav><h2>Real</h2>").title, "Real");
}

TEST(ParseHtml, AFirstHeadingThatRepeatsTheTitleIsNotPartOfTheText) {
  EXPECT_EQ(TextOf("<title>A b</title><h1>A\n<i>b</i></h1><p>c</p><h1>A b</h1>"), "c A b");
  EXPECT_EQ(TextOf("<title>A</title><h1>B</h1><p>c"), "B c");
  EXPECT_EQ(TextOf("<h1>A</h1><p>c"), "c");
}

TEST(ParseHtml, LeavesOutWhatIsNotContent) {
  EXPECT_EQ(TextOf("<head><style>p{}</style><meta name=a content=b></head><body>"
                   "<script>var a = '<p>x</p>';</script><noscript>turn it on</noscript>"
                   "<!-- comment --><template>t</template><svg><text>s</text></svg>"
                   "<select><option>o</select><button>press</button><iframe>f</iframe>"
                   "<p hidden>h</p><p style='color: red; DISPLAY : none'>d</p>"
                   "<i aria-hidden=true>i</i><p>content"),
            "content");
}

TEST(ParseHtml, LeavesOutNavigation) {
  EXPECT_EQ(TextOf("<header><h1>Site</h1></header><nav>menu</nav><div role='navigation'>n</div>"
                   "<div id=banner>b</div><ul class='docnav top'><li>Prev<li>Next</ul>"
                   "<div class='toc'>1. a</div><ol class='breadcrumbs'><li>x</ol>"
                   "<p>content</p><footer>copyright</footer>"),
            "content");
}

TEST(ParseHtml, KeepsContentWhoseNamesOnlySoundLikeNavigation) {
  EXPECT_EQ(TextOf("<body class='nav'><article class='toc'><header>by me</header>"
                   "<div class='navy sidebar has-nav'>tip</div><footer>notes</footer></article>"),
            "by me tip notes");
}

TEST(ParseHtml, APageWithAMainElementIsWhatThatHolds) {
  EXPECT_EQ(TextOf("<title>T</title><div>Press S</div><main><h2>a</h2><p>b</main><p>c"), "a b");
  EXPECT_EQ(TextOf("<div>menu</div><div role=main><p>b</div>"), "b");
  EXPECT_EQ(TextOf("<main> <script>x</script></main><p>c"), "c") << "an empty one says nothing";
  EXPECT_EQ(ParseHtml("<h1>A</h1><main>b</main>").title, "A");
}

TEST(ParseHtml, ReadsXhtmlOfDocbook) {
  const Document document = ParseHtml(
      "<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \"x\">"
      "<html xmlns=\"http://www.w3.org/1999/xhtml\"><head><title xmlns:d=\"d\">6.2. The <x> one"
      "</title></head><body><p id=\"title\"><a><img alt=\"Logo\" /></a></p>"
      "<ul class=\"docnav\"><li><strong>Prev</strong></li></ul>"
      "<div class=\"para\">A <code class=\"command\">b</code>.</div></body></html>");
  EXPECT_EQ(document.title, "6.2. The <x> one");
  EXPECT_EQ(Squeezed(document.text), "A b.");
}

TEST(ParseHtml, AnEmptyPageIsEmpty) {
  EXPECT_EQ(TextOf(""), "");
  EXPECT_EQ(TextOf("<"), "<");
  EXPECT_EQ(TextOf("<!-- "), "");
}

TEST(ParseHtml, APageTooLargeIsRefused) {
  EXPECT_THAT(MessageOf([] { ParseHtml(std::string(kLargestHtml + 1, 'x')); }),
              HasSubstr("larger than"));
  EXPECT_EQ(TextOf(std::string(1'000'000, 'x')).size(), 1'000'000u);
}

// Walking and freeing such a tree by recursion would take more stack than there is.
TEST(ParseHtml, DeepNestingIsReadOrRefusedButNeverOverflowsTheStack) {
  for (const char* tag : {"<div>", "<b>", "<table>"}) {
    for (const size_t depth : {1000u, 20000u, 100000u}) {
      std::string page = "x";
      for (size_t i = 0; i < depth; ++i) page += tag;
      page += "y";
      try {
        ParseHtml(page);
      } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("nested")) << tag << depth;
      }
    }
  }
}

// Each paragraph opens all the elements again that were left open: a page of n bytes has a tree of
// n * n.
TEST(ParseHtml, ElementsLeftOpenDoNotTakeUnboundedMemory) {
  std::string page = "<p>";
  for (int i = 0; i < 5000; ++i) page += "<b a" + std::to_string(i) + ">";
  for (int i = 0; i < 5000; ++i) page += "<p>x";
  EXPECT_THAT(MessageOf([&] { ParseHtml(page); }), HasSubstr("left open"));
}

}  // namespace
}  // namespace dpr
