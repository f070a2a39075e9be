#include "dpr/text/sentence_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "dpr/base/random.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SentenceSplitter, CutsBehindFullStopsAndTrims) {
  SentenceSplitter splitter;
  EXPECT_THAT(splitter.Split("  It rains.  Does it?\nYes!  "),
              ElementsAre("It rains.", "Does it?", "Yes!"));
  EXPECT_THAT(splitter.Split("about 3.14 metres"), ElementsAre("about 3.14 metres"));
  EXPECT_THAT(splitter.Split("\u4eca\u65e5\u3002\u660e\u65e5\u3002"),
              ElementsAre("\u4eca\u65e5\u3002", "\u660e\u65e5\u3002"));
}

TEST(SentenceSplitter, OfNothingMakesNothing) {
  SentenceSplitter splitter;
  EXPECT_THAT(splitter.Split(""), IsEmpty());
  EXPECT_THAT(splitter.Split(" \n\t\u3000 "), IsEmpty());
}

// Whatever the bytes, the sentences are parts of the text in order, and what lies between is white
// space.
TEST(SentenceSplitter, LosesOnlyWhiteSpace) {
  SentenceSplitter splitter;
  const CounterRandom random(1, 1);
  const std::string alphabet[] = {"a", "B", ".", "? ", " ", "\n", "\xff", "\u00e9", "\u3002", "1"};
  for (uint64_t round = 0; round < 500; ++round) {
    std::string text;
    for (uint64_t i = 0; i < round % 40; ++i) {
      text += alphabet[random.Below(round * 64 + i, std::size(alphabet))];
    }
    const char* at = text.data();
    for (const std::string_view sentence : splitter.Split(text)) {
      ASSERT_FALSE(sentence.empty());
      for (; at < sentence.data(); ++at) EXPECT_TRUE(*at == ' ' || *at == '\n') << text;
      at = sentence.data() + sentence.size();
    }
    for (; at < text.data() + text.size(); ++at) EXPECT_TRUE(*at == ' ' || *at == '\n') << text;
  }
}

}  // namespace
}  // namespace dpr
