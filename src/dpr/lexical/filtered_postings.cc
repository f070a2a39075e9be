#include "dpr/lexical/filtered_postings.h"

#include <algorithm>
#include <bit>

namespace dpr {

FilteredPostings::FilteredPostings(std::span<const uint64_t> excluded, int64_t first_row,
                                   int64_t rows)
    : excluded_(excluded), first_row_(first_row), rows_(rows) {
  const int64_t end = first_row + rows;
  for (int64_t row = first_row; row < end;) {
    const auto word = static_cast<size_t>(row / 64);
    const int64_t next = std::min(end, (row / 64 + 1) * 64);
    uint64_t counting = word < excluded.size() ? ~excluded[word] : ~uint64_t{0};
    counting = counting >> (row % 64) << (64 - (next - row));
    count_ += static_cast<Xapian::doccount>(std::popcount(counting));
    row = next;
  }
}

int64_t FilteredPostings::NextFrom(int64_t local) const {
  const int64_t end = first_row_ + rows_;
  for (int64_t row = first_row_ + local; row < end; row = (row / 64 + 1) * 64) {
    const auto word = static_cast<size_t>(row / 64);
    const uint64_t counting = word < excluded_.size() ? ~excluded_[word] : ~uint64_t{0};
    if (const uint64_t rest = counting >> (row % 64); rest != 0) {
      return std::min(row + std::countr_zero(rest), end) - first_row_;
    }
  }
  return rows_;
}

void FilteredPostings::init(const Xapian::Database&) { local_ = -1; }

void FilteredPostings::next(double) { local_ = NextFrom(local_ + 1); }

void FilteredPostings::skip_to(Xapian::docid docid, double) {
  local_ = NextFrom(std::max<int64_t>(local_, int64_t{docid} - 1));
}

bool FilteredPostings::check(Xapian::docid docid, double least_weight) {
  skip_to(docid, least_weight);
  return true;
}

}  // namespace dpr
