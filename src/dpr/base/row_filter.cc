#include "dpr/base/row_filter.h"

#include <algorithm>
#include <bit>

#include "dpr/base/error.h"

namespace dpr {

RowFilter RowFilter::AllBut(std::span<const uint64_t> excluded, int64_t rows) {
  RowFilter filter = None(rows);
  std::vector<uint64_t>& words = filter.excluded_;
  for (size_t i = 0; i < words.size(); ++i) words[i] = i < excluded.size() ? excluded[i] : 0;
  // No bit beyond the last row is a row's.
  if (rows % 64 != 0) words.back() |= ~uint64_t{0} << (rows % 64);
  for (const uint64_t word : words) filter.count_ += std::popcount(~word);
  return filter;
}

RowFilter RowFilter::None(int64_t rows) {
  RowFilter filter;
  filter.rows_ = rows;
  filter.excluded_.assign(static_cast<size_t>((rows + 63) / 64), ~uint64_t{0});
  return filter;
}

void RowFilter::Include(int64_t row) {
  DPR_CHECK(row >= 0 && row < rows_);
  uint64_t& word = excluded_[static_cast<size_t>(row / 64)];
  const uint64_t bit = uint64_t{1} << (row % 64);
  if ((word & bit) == 0) return;
  word &= ~bit;
  ++count_;
}

std::vector<int64_t> RowFilter::Rows() const {
  std::vector<int64_t> rows;
  rows.reserve(static_cast<size_t>(count_));
  for (size_t i = 0; i < excluded_.size(); ++i) {
    for (uint64_t word = ~excluded_[i]; word != 0; word &= word - 1) {
      rows.push_back(static_cast<int64_t>(i) * 64 + std::countr_zero(word));
    }
  }
  return rows;
}

}  // namespace dpr
