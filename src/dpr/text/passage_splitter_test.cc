#include "dpr/text/passage_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dpr/base/error.h"
#include "dpr/text/random_text.h"
#include "dpr/text/wordpiece_twin.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PassageSplitter, CutsAtTheNumberOfWords) {
  EXPECT_THAT(SplitIntoPassages("a b c d e", {2, 0}), ElementsAre("a b", "c d", "e"));
  EXPECT_THAT(SplitIntoPassages("a b c d", {2, 0}), ElementsAre("a b", "c d"));
  EXPECT_THAT(SplitIntoPassages("a b", {100, 0}), ElementsAre("a b"));
  EXPECT_THAT(SplitIntoPassages("a b", {1, 0}), ElementsAre("a", "b"));
}

TEST(PassageSplitter, OverlapRepeatsWordsAndAddsNoPassageWithoutANewWord) {
  EXPECT_THAT(SplitIntoPassages("a b c d e", {3, 1}), ElementsAre("a b c", "c d e"));
  EXPECT_THAT(SplitIntoPassages("a b c d e f", {3, 1}), ElementsAre("a b c", "c d e", "e f"));
  EXPECT_THAT(SplitIntoPassages("a b c d", {3, 2}), ElementsAre("a b c", "b c d"));
}

TEST(PassageSplitter, WordsAreWhatStandsBetweenUnicodeWhiteSpace) {
  EXPECT_THAT(SplitIntoPassages(" \t a\u00A0b\r\nc\u3000d\u2028e\x0B ", {5, 0}),
              ElementsAre("a b c d e"));
  EXPECT_THAT(SplitIntoPassages("a\u200Bb c-d.", {1, 0}), ElementsAre("a\u200Bb", "c-d."));
}

TEST(PassageSplitter, NothingComesOfATextWithoutWords) {
  EXPECT_THAT(SplitIntoPassages("", {}), IsEmpty());
  EXPECT_THAT(SplitIntoPassages(" \n\u2003", {}), IsEmpty());
}

TEST(PassageSplitter, RefusesImpossibleOptions) {
  for (const SplitOptions options : {SplitOptions{0, 0}, {-1, 0}, {5, -1}, {5, 5}, {5, 9}}) {
    EXPECT_THROW(SplitIntoPassages("a", options), Error);
  }
}

// The twin: all words first, then every passage by itself.
std::vector<std::string> TwinPassages(std::string_view text, const SplitOptions& options) {
  std::vector<std::string> words(1);
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    if (bert_characters::IsWhiteSpace(NextCodePoint(text, at))) {
      words.emplace_back();
    } else {
      words.back() += text.substr(begin, at - begin);
    }
  }
  std::erase(words, "");
  std::vector<std::string> passages;
  const size_t size = static_cast<size_t>(options.words);
  for (size_t begin = 0; begin < words.size(); begin += size - options.overlap) {
    std::string passage = words[begin];
    for (size_t i = begin + 1; i < std::min(begin + size, words.size()); ++i) {
      passage += " " + words[i];
    }
    passages.push_back(passage);
    if (begin + size >= words.size()) break;
  }
  return passages;
}

TEST(PassageSplitter, EqualsItsTwinOnRandomText) {
  testing::RandomText random(3);
  for (int i = 0; i < 5000; ++i) {
    const std::string text = random.Draw(80);
    SplitOptions options;
    options.words = 1 + random.Below(6);
    options.overlap = random.Below(static_cast<size_t>(options.words));
    ASSERT_EQ(SplitIntoPassages(text, options), TwinPassages(text, options))
        << ::testing::PrintToString(text) << options.words << options.overlap;
  }
}

}  // namespace
}  // namespace dpr
