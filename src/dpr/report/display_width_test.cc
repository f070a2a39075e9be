#include "dpr/report/display_width.h"

#include <gtest/gtest.h>

#include <clocale>
#include <string>

namespace dpr {
namespace {

TEST(DisplayWidth, CountsColumnsAndNotBytes) {
  EXPECT_EQ(DisplayWidth(""), 0u);
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("Zürich"), 6u);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1u) << "a combining mark takes no column";
  EXPECT_EQ(DisplayWidth("東京"), 4u);
  EXPECT_EQ(DisplayWidth("한국어"), 6u);
  EXPECT_EQ(DisplayWidth("ｱ"), 1u) << "half-width katakana";
  EXPECT_EQ(DisplayWidth("😀"), 2u);
  EXPECT_EQ(DisplayWidth("a\u200Db"), 2u) << "a joiner takes no column";
  EXPECT_EQ(DisplayWidth("–…─"), 3u);
}

TEST(DisplayWidth, DoesNotDependOnTheProgramsLocale) {
  const std::string before = ::setlocale(LC_ALL, nullptr);
  ASSERT_NE(::setlocale(LC_ALL, "C"), nullptr);
  EXPECT_EQ(DisplayWidth("東京"), 4u);
  EXPECT_EQ(::setlocale(LC_ALL, nullptr), std::string("C"));
  EXPECT_EQ(::uselocale(locale_t{}), LC_GLOBAL_LOCALE) << "the thread's locale was put back";
  ::setlocale(LC_ALL, before.c_str());
}

TEST(Printable, ShowsOneLineThatATerminalCannotObey) {
  EXPECT_EQ(Printable("a\tb\r\nc"), "a b  c");
  EXPECT_EQ(Printable("\x1b[31mred\x1b[0m"), " [31mred [0m");
  EXPECT_EQ(Printable("x\u0085y\u2028z"), "x y z");
  EXPECT_EQ(Printable("東京 e\u0301"), "東京 e\u0301");
}

TEST(Printable, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(Printable("a\xff"
                      "b"),
            "a\uFFFD"
            "b");
  EXPECT_EQ(Printable("\xe6\x9d"), "\uFFFD") << "cut short";
  EXPECT_EQ(Printable("\xe6"
                      "a"),
            "\uFFFD"
            "a")
      << "the byte after it is not lost";
  EXPECT_EQ(Printable("\xc0\xaf"), "\uFFFD\uFFFD") << "overlong";
  EXPECT_EQ(Printable("\xe0\x80\x9b"), "\uFFFD\uFFFD\uFFFD") << "overlong escape";
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD") << "surrogate";
  EXPECT_EQ(Printable("\xf4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD") << "beyond U+10FFFF";
  EXPECT_EQ(Printable("\xf4\x8f\xbf\xbf"), "\xf4\x8f\xbf\xbf");
  EXPECT_EQ(DisplayWidth("\xff\xff"), 2u);
}

TEST(Truncated, KeepsWhatFits) {
  EXPECT_EQ(Truncated("abc", 3), "abc");
  EXPECT_EQ(Truncated("東京", 4), "東京");
  EXPECT_EQ(Truncated("e\u0301", 1), "e\u0301");
  EXPECT_EQ(Truncated("", 0), "");
}

TEST(Truncated, EndsInAnEllipsisOtherwise) {
  EXPECT_EQ(Truncated("abcd", 3), "ab…");
  EXPECT_EQ(Truncated("東京都", 5), "東京…");
  EXPECT_EQ(Truncated("東京都", 4), "東…") << "a wide character is not halved";
  EXPECT_EQ(Truncated("e\u0301e\u0301e\u0301", 2), "e\u0301…") << "a mark stays with its letter";
  EXPECT_EQ(Truncated("abcd", 1), "…");
  EXPECT_EQ(Truncated("東", 1), "…");
  EXPECT_EQ(Truncated("abcd", 0), "");
}

TEST(Truncated, NeverExceedsTheWidth) {
  const std::string text = "a東e\u0301\xff😀 b\u200D京c\x1b[0m한국어xyz";
  for (size_t width = 0; width <= DisplayWidth(text) + 2; ++width) {
    EXPECT_LE(DisplayWidth(Truncated(text, width)), width);
  }
  EXPECT_EQ(Truncated(text, DisplayWidth(text)), Printable(text));
}

}  // namespace
}  // namespace dpr
