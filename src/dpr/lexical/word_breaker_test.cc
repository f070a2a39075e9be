#include "dpr/lexical/word_breaker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "dpr/base/random.h"
#include "dpr/base/utf8.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  WordBreaker().ForEachWord(text, [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

std::vector<std::string> WordsByIcu(std::string_view text) {
  std::vector<std::string> words;
  WordBreaker().ForEachWordByIcu(text, [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

TEST(WordBreaker, CutsEnglishAsUnicodeDoes) {
  EXPECT_THAT(
      Words("The quick (\"brown\") fox can't jump 32.3 feet, right?"),
      ElementsAre("the", "quick", "brown", "fox", "can't", "jump", "32.3", "feet", "right"));
  EXPECT_THAT(Words("U.S.A. e-mail foo_bar 1,000,000 a.m."),
              ElementsAre("u.s.a", "e", "mail", "foo_bar", "1,000,000", "a.m"));
  EXPECT_THAT(Words(""), IsEmpty());
  EXPECT_THAT(Words(" .,;:!? -- \n"), IsEmpty());
}

TEST(WordBreaker, LowersAndCutsOtherScripts) {
  EXPECT_THAT(Words("ÉCOLE Straße ΣΊΣΥΦΟΣ"), ElementsAre("école", "straße", "σίσυφος"));
  EXPECT_THAT(Words("don\u2019t stop"), ElementsAre("don\u2019t", "stop"));
  EXPECT_THAT(Words("日本語 text"), ::testing::Contains("text"));
  EXPECT_THAT(Words("bad \xff bytes"), ElementsAre("bad", "bytes"));
}

TEST(WordBreaker, IsIcuOverRandomText) {
  // Characters of every word break class, ASCII often, so that the fast path meets all its rules.
  const std::u32string_view odd =
      U"éßΣ\u0301\u200D\u2019日本語กขالسאב\u00AD\U0001F600½①\u3000\u00A0";
  const std::string_view ascii = "aZ09_:.,;'\"- \n/";
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    const CounterRandom random(seed, 0);
    std::string text;
    const uint64_t length = random.Below(0, 40);
    for (uint64_t i = 1; i <= length; ++i) {
      const double which = random.Uniform(2 * i);
      const double place = random.Uniform(2 * i + 1);
      if (seed % 2 == 0 || which < 0.8) {
        text.push_back(ascii[static_cast<size_t>(place * static_cast<double>(ascii.size()))]);
      } else {
        AppendUtf8(odd[static_cast<size_t>(place * static_cast<double>(odd.size()))], text);
      }
    }
    ASSERT_EQ(Words(text), WordsByIcu(text)) << "\"" << text << "\"";
  }
}

}  // namespace
}  // namespace dpr
