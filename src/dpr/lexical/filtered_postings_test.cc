#include "dpr/lexical/filtered_postings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "dpr/base/random.h"
#include "dpr/base/rows.h"

namespace dpr {
namespace {

TEST(FilteredPostings, AreTheRowsThatCountOnTheWayAndAfterLeaps) {
  const CounterRandom random(4, 0);
  uint64_t counter = 0;
  for (const int64_t first_row : {0, 1, 63, 64, 100}) {
    for (const int64_t rows : {1, 63, 64, 65, 300}) {
      std::vector<uint64_t> excluded(4);  // shorter than the rows, at times
      for (uint64_t& word : excluded) {
        word = random.Bits(counter) | random.Bits(counter + 1);
        counter += 2;
      }
      std::vector<Xapian::docid> expected;
      for (int64_t local = 0; local < rows; ++local) {
        if (IsDeleted(excluded, first_row + local)) continue;
        expected.push_back(static_cast<Xapian::docid>(local + 1));
      }
      FilteredPostings postings(excluded, first_row, rows);
      EXPECT_EQ(postings.get_termfreq_est(), expected.size());
      std::vector<Xapian::docid> walked;
      for (postings.next(0); !postings.at_end(); postings.next(0)) {
        walked.push_back(postings.get_docid());
      }
      EXPECT_EQ(walked, expected);
      for (Xapian::docid from = 1; from <= static_cast<Xapian::docid>(rows) + 1; ++from) {
        FilteredPostings leaping(excluded, first_row, rows);
        leaping.skip_to(from, 0);
        const auto next = std::lower_bound(expected.begin(), expected.end(), from);
        ASSERT_EQ(leaping.at_end(), next == expected.end());
        if (next != expected.end()) {
          EXPECT_EQ(leaping.get_docid(), *next);
        }
      }
    }
  }
}

}  // namespace
}  // namespace dpr
