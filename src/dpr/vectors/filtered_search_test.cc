#include "dpr/vectors/filtered_search.h"

#include <gtest/gtest.h>

#include "dpr/vectors/search_test_data.h"

namespace dpr {
namespace {

RowFilter RandomFilter(int64_t rows, double selectivity, uint64_t seed) {
  const CounterRandom random(seed, 9);
  RowFilter filter = RowFilter::None(rows);
  for (int64_t row = 0; row < rows; ++row) {
    if (random.Uniform(static_cast<uint64_t>(row)) < selectivity) filter.Include(row);
  }
  return filter;
}

std::vector<std::vector<ScoredRow>> Naive(SearchSpace space, const RowFilter& filter,
                                          Similarity similarity, ConstFloatView questions,
                                          int64_t k) {
  space.deleted = filter.excluded();
  return NaiveSearch(space, similarity, questions, k);
}

TEST(FilteredSearch, EqualsTheNaiveSearchAtEverySelectivity) {
  const int64_t rows = 20'000, dimensions = 20;
  for (const testing::Hard hard : testing::kAllHard) {
    const Matrix vectors = testing::HardVectors(hard, rows, dimensions, 1);
    const SearchSpace space{{vectors.view().rows_from(0, 7001), vectors.view().rows_from(7001, 0),
                             vectors.view().rows_from(7001, rows - 7001)},
                            {}};
    for (const double selectivity : {1.0, 0.3, 0.1, 0.01, 0.0001, 0.0}) {
      const RowFilter filter = RandomFilter(rows, selectivity, 5);
      for (const int64_t count : {1, 20}) {
        const Matrix questions = testing::HardVectors(hard, count, dimensions, 2);
        for (const Similarity similarity :
             {Similarity::kDot, Similarity::kCosine, Similarity::kL2}) {
          const auto expected = Naive(space, filter, similarity, questions.view(), 25);
          EXPECT_EQ(FilteredSearch(space, filter, similarity, questions.view(), 25), expected)
              << static_cast<int>(hard) << " at " << selectivity;
          EXPECT_EQ(SearchRows(space, filter.Rows(), similarity, questions.view(), 25), expected)
              << static_cast<int>(hard) << " at " << selectivity;
        }
      }
    }
  }
}

TEST(FilteredSearch, MoreThanThereAreIsAllThereAre) {
  const Matrix vectors = testing::HardVectors(testing::Hard::kNormal, 50, 8, 1);
  const SearchSpace space{{vectors.view()}, {}};
  const RowFilter filter = RandomFilter(50, 0.1, 3);
  const auto found = FilteredSearch(space, filter, Similarity::kDot, vectors.view().rows_from(0, 1),
                                    int64_t{1} << 40);
  EXPECT_EQ(static_cast<int64_t>(found[0].size()), filter.count());
}

}  // namespace
}  // namespace dpr
