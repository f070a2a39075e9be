#include "dpr/retrieval/near_duplicate.h"

#include <gtest/gtest.h>

namespace dpr {
namespace {

double Overlap(std::string_view a, std::string_view b) { return Shingles(a).Overlap(Shingles(b)); }

TEST(Shingles, CountSharedRunsOfThreeWords) {
  EXPECT_EQ(Overlap("a b c d", "a b c d"), 1);
  EXPECT_EQ(Overlap("a b c d", "A, b (c) d!"), 1) << "case and punctuation do not count";
  EXPECT_EQ(Overlap("a b c d", "b c d e"), 0.5);
  EXPECT_EQ(Overlap("a b c d", "d c b a"), 0) << "order does";
  EXPECT_EQ(Overlap("b c d", "a b c d e f g"), 1) << "a part of the other";
  EXPECT_EQ(Overlap("a b c d", "w x y z"), 0);
}

TEST(Shingles, ShortTextsAreOneShingle) {
  EXPECT_EQ(Overlap("two words", "Two words."), 1);
  EXPECT_EQ(Overlap("two words", "other words"), 0);
  EXPECT_EQ(Overlap("", ""), 1);
  EXPECT_EQ(Overlap("", "text"), 0);
  EXPECT_TRUE(Shingles("Zürich liegt am See").IsNearDuplicate(Shingles("Zürich liegt am See.")));
}

}  // namespace
}  // namespace dpr
