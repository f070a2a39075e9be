#include "dpr/evaluation/letter_display.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace dpr {
namespace {

using ::testing::ElementsAre;
using Matrix = std::vector<std::vector<bool>>;

std::vector<std::string> Letters(size_t items, const std::vector<std::pair<size_t, size_t>>& alike,
                                 std::vector<size_t> order = {}) {
  Matrix matrix(items, std::vector<bool>(items));
  for (const auto& [a, b] : alike) matrix[a][b] = matrix[b][a] = true;
  order.resize(items);
  if (order == std::vector<size_t>(items)) std::iota(order.begin(), order.end(), size_t{0});
  std::vector<std::string> letters;
  for (const auto& groups : LetterGroups(matrix, order)) letters.push_back(GroupLetters(groups));
  return letters;
}

TEST(LetterDisplay, GivesALetterToEachGroup) {
  EXPECT_THAT(Letters(3, {}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Letters(3, {{0, 1}, {0, 2}, {1, 2}}), ElementsAre("a", "a", "a"));
  EXPECT_THAT(Letters(3, {{1, 2}}), ElementsAre("a", "b", "b"));
  EXPECT_THAT(Letters(4, {{0, 1}, {1, 2}, {2, 3}}), ElementsAre("a", "ab", "bc", "c"));
  EXPECT_THAT(Letters(4, {{0, 1}, {0, 2}, {1, 2}, {1, 3}, {2, 3}}),
              ElementsAre("a", "ab", "ab", "b"));
  EXPECT_TRUE(Letters(0, {}).empty());
}

TEST(LetterDisplay, BeginsWithTheBest) {
  EXPECT_THAT(Letters(3, {{0, 1}}, {2, 1, 0}), ElementsAre("b", "b", "a"));
}

TEST(LetterDisplay, ItemsShareALetterIfAndOnlyIfTheyAreAlike) {
  std::mt19937 random(5);
  for (int trial = 0; trial < 300; ++trial) {
    const size_t items = 1 + random() % 12;
    const auto density = 1 + random() % 9;
    Matrix alike(items, std::vector<bool>(items));
    for (size_t a = 0; a < items; ++a) {
      for (size_t b = 0; b < a; ++b) alike[a][b] = alike[b][a] = random() % 10 < density;
    }
    std::vector<size_t> order(items);
    std::iota(order.begin(), order.end(), size_t{0});
    std::shuffle(order.begin(), order.end(), random);
    const auto groups = LetterGroups(alike, order);
    for (size_t a = 0; a < items; ++a) {
      EXPECT_FALSE(groups[a].empty());
      EXPECT_TRUE(std::is_sorted(groups[a].begin(), groups[a].end()));
      for (size_t b = 0; b < a; ++b) {
        const bool share = std::find_first_of(groups[a].begin(), groups[a].end(), groups[b].begin(),
                                              groups[b].end()) != groups[a].end();
        EXPECT_EQ(share, alike[a][b]);
      }
    }
  }
}

TEST(LetterDisplay, HasLettersEnough) {
  EXPECT_EQ(GroupLetters({0, 25, 26, 51}), "azAZ");
  EXPECT_EQ(GroupLetters({1, 52, 53}), "b(53)(54)");
}

}  // namespace
}  // namespace dpr
