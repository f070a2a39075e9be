// Which rows of a collection a search may find: all live ones, or those of them that a filter
// chose. What every way of searching takes, whatever the filter came from.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dpr/base/rows.h"

namespace dpr {

class RowFilter {
 public:
  RowFilter() = default;
  // All of `rows` rows but those whose bit is set; `excluded` may be shorter than the rows.
  static RowFilter AllBut(std::span<const uint64_t> excluded, int64_t rows);
  static RowFilter None(int64_t rows);

  void Include(int64_t row);
  bool Contains(int64_t row) const { return !IsDeleted(excluded_, row); }  // row < rows()
  int64_t count() const { return count_; }                                 // rows that it holds
  int64_t rows() const { return rows_; }                                   // with the others
  // Those that it holds, ascending.
  std::vector<int64_t> Rows() const;
  // A bit for each of rows(), set where it does not hold the row: as SearchSpace::deleted.
  std::span<const uint64_t> excluded() const { return excluded_; }

 private:
  int64_t rows_ = 0, count_ = 0;
  std::vector<uint64_t> excluded_;
};

}  // namespace dpr
