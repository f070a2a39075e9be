#include "dpr/base/utf8.h"

#include <gtest/gtest.h>

#include <vector>

namespace dpr {
namespace {

std::u32string Decode(std::string_view text) {
  std::u32string code_points;
  for (size_t at = 0; at < text.size();) code_points.push_back(NextCodePoint(text, at));
  return code_points;
}

TEST(Utf8, EveryCodePointSurvivesBothWays) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string text;
    AppendUtf8(c, text);
    size_t at = 0;
    ASSERT_EQ(NextCodePoint(text, at), c);
    ASSERT_EQ(at, text.size());
    ASSERT_EQ(PreviousCodePoint(text, at), c);
    ASSERT_EQ(at, 0u);
  }
}

// What Python's bytes.decode("utf-8", errors="replace") gives.
TEST(Utf8, IllFormedPartsBecomeOneReplacementEach) {
  EXPECT_EQ(Decode("a\xFF"), U"a\uFFFD");
  EXPECT_EQ(Decode("\x80\x80"), U"\uFFFD\uFFFD");
  EXPECT_EQ(Decode("\xE4\xB8"
                   "a"),
            U"\uFFFDa");
  EXPECT_EQ(Decode("\xF0\x9F\x98"), U"\uFFFD");
  EXPECT_EQ(Decode("\xED\xA0\x80"), U"\uFFFD\uFFFD\uFFFD");            // a surrogate
  EXPECT_EQ(Decode("\xC0\xAF"), U"\uFFFD\uFFFD");                      // overlong
  EXPECT_EQ(Decode("\xF4\x90\x80\x80"), U"\uFFFD\uFFFD\uFFFD\uFFFD");  // beyond U+10FFFF
}

TEST(Utf8, PreviousStopsAtIllFormedBytes) {
  const std::string_view text = "\xE4\xB8\xAD\x80";
  size_t at = text.size();
  EXPECT_EQ(PreviousCodePoint(text, at), kReplacementCharacter);
  EXPECT_EQ(at, 3u);
  EXPECT_EQ(PreviousCodePoint(text, at), U'中');
  EXPECT_EQ(at, 0u);
}

TEST(Utf8, ValidityAndReplacement) {
  EXPECT_TRUE(IsValidUtf8("中 a \xEF\xBF\xBD"));
  EXPECT_FALSE(IsValidUtf8("a\xC3"));
  EXPECT_EQ(ReplaceInvalidUtf8("a\xC3 b"), "a\xEF\xBF\xBD b");
}

}  // namespace
}  // namespace dpr
