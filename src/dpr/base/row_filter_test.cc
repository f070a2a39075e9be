#include "dpr/base/row_filter.h"

#include <gtest/gtest.h>

#include "dpr/base/random.h"

namespace dpr {
namespace {

TEST(RowFilter, HoldsWhatWasNotExcluded) {
  const CounterRandom random(3, 0);
  for (const int64_t rows : {0, 1, 63, 64, 65, 200}) {
    for (const size_t words : {0, 1, 2, 5}) {
      std::vector<uint64_t> excluded;
      for (size_t i = 0; i < words; ++i) excluded.push_back(random.Below(i, UINT64_MAX));
      const RowFilter filter = RowFilter::AllBut(excluded, rows);
      std::vector<int64_t> expected;
      for (int64_t row = 0; row < rows; ++row) {
        EXPECT_EQ(filter.Contains(row), !IsDeleted(excluded, row));
        if (filter.Contains(row)) expected.push_back(row);
      }
      EXPECT_EQ(filter.Rows(), expected);
      EXPECT_EQ(filter.count(), static_cast<int64_t>(expected.size()));
      EXPECT_EQ(filter.rows(), rows);
    }
  }
}

TEST(RowFilter, GrowsRowByRow) {
  RowFilter filter = RowFilter::None(100);
  EXPECT_EQ(filter.count(), 0);
  EXPECT_TRUE(filter.Rows().empty());
  for (const int64_t row : {99, 0, 64, 99}) filter.Include(row);
  EXPECT_EQ(filter.count(), 3) << "a row twice is there once";
  EXPECT_EQ(filter.Rows(), (std::vector<int64_t>{0, 64, 99}));
}

}  // namespace
}  // namespace dpr
