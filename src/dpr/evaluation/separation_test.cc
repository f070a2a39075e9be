#include "dpr/evaluation/separation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dpr/base/error.h"
#include "dpr/evaluation/significance.h"
#include "dpr/evaluation/test_seeded_values.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Sample;
using testing::SeedsFrom;

// One variant for each mean, on the same questions, with seeds of its own.
std::vector<SeededValues> VariantsOf(const std::vector<double>& means) {
  std::vector<SeededValues> variants;
  for (size_t v = 0; v < means.size(); ++v) {
    variants.push_back(Sample(1, SeedsFrom(10 * v, 8), 200,
                              {.mean = means[v], .seed = 0.01, .question = 0.4, .pair = 0.05}));
  }
  return variants;
}

TEST(Separation, TellsApartWhatDiffers) {
  const Separation result = Separate(VariantsOf({0.5, 0.7, 0.501, 0.3}));
  EXPECT_THAT(result.order, ::testing::AnyOf(ElementsAre(1, 0, 2, 3), ElementsAre(1, 2, 0, 3)));
  EXPECT_THAT(result.letters, ElementsAre("b", "a", "b", "c"));
  EXPECT_THAT(result.not_separated,
              ElementsAre(ElementsAre(2), IsEmpty(), ElementsAre(0), IsEmpty()));
  ASSERT_EQ(result.pairs.size(), 6u);
  EXPECT_EQ(result.pairs[3].first, 1u);
  EXPECT_EQ(result.pairs[3].second, 2u);
  EXPECT_NEAR(result.pairs[3].difference.difference, 0.2, 0.03);
}

TEST(Separation, FiguresAreThoseOfTheFunctionsForOneAndTwo) {
  const auto variants = VariantsOf({0.50, 0.51, 0.52});
  const Separation result = Separate(variants);
  std::vector<double> p_values;
  for (const VariantPair& pair : result.pairs) p_values.push_back(pair.difference.p);
  const auto adjusted = HolmAdjusted(p_values);
  for (size_t i = 0; i < result.pairs.size(); ++i) {
    const VariantPair& pair = result.pairs[i];
    const MeanDifference alone =
        HierarchicalDifference(variants[pair.first], variants[pair.second]);
    EXPECT_EQ(pair.difference.difference, alone.difference);
    EXPECT_EQ(pair.difference.interval.low, alone.interval.low);
    EXPECT_EQ(pair.difference.p, alone.p);
    EXPECT_EQ(pair.adjusted_p, adjusted[i]);
  }
  for (size_t v = 0; v < variants.size(); ++v) {
    EXPECT_EQ(result.means[v], MeanOf(variants[v]));
    EXPECT_EQ(result.intervals[v].high, HierarchicalInterval(variants[v]).high);
  }
}

TEST(Separation, SharesLettersBetweenNeighbours) {
  // Steps that a test over these seeds and questions does not see, twice as large ones that it
  // does.
  const Separation result = Separate(VariantsOf({0.500, 0.5125, 0.525}));
  const auto alike = [&](size_t a, size_t b) {
    return result.letters[a].find_first_of(result.letters[b]) != std::string::npos;
  };
  for (const VariantPair& pair : result.pairs) {
    EXPECT_EQ(alike(pair.first, pair.second), pair.adjusted_p >= 0.05);
  }
}

TEST(Separation, IsOfAnyNumberOfVariants) {
  EXPECT_TRUE(Separate({}).letters.empty());
  const Separation one = Separate(VariantsOf({0.5}));
  EXPECT_THAT(one.letters, ElementsAre("a"));
  EXPECT_TRUE(one.pairs.empty());
  EXPECT_THAT(one.not_separated, ElementsAre(IsEmpty()));
}

TEST(Separation, NeedsResamplesEnoughForItsPairs) {
  SeparationOptions options;
  options.bootstrap.resamples = 39;
  EXPECT_THROW(Separate(VariantsOf({0.1, 0.9}), options), Error);
  options.bootstrap.resamples = 40;
  EXPECT_THAT(Separate(VariantsOf({0.1, 0.9}), options).letters, ElementsAre("b", "a"));
}

}  // namespace
}  // namespace dpr
