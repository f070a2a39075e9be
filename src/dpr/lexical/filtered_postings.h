// For Xapian: the passages of a segment that count, as if they were those of one more term.
#pragma once

#include <xapian.h>

#include <cstdint>
#include <span>
#include <string>

namespace dpr {

// Of a segment with `rows` rows, the first of which is `first_row` in the bitmap: those whose bit
// is not set. The memory of `excluded` is the caller's.
class FilteredPostings : public Xapian::PostingSource {
 public:
  FilteredPostings(std::span<const uint64_t> excluded, int64_t first_row, int64_t rows);

  Xapian::doccount get_termfreq_min() const override { return count_; }
  Xapian::doccount get_termfreq_est() const override { return count_; }
  Xapian::doccount get_termfreq_max() const override { return count_; }
  void init(const Xapian::Database& database) override;
  void next(double least_weight) override;
  void skip_to(Xapian::docid docid, double least_weight) override;
  bool check(Xapian::docid docid, double least_weight) override;
  bool at_end() const override { return local_ >= rows_; }
  Xapian::docid get_docid() const override { return static_cast<Xapian::docid>(local_ + 1); }
  std::string get_description() const override { return "FilteredPostings"; }

 private:
  // The first row from `local` on that counts; rows_ when there is none.
  int64_t NextFrom(int64_t local) const;

  std::span<const uint64_t> excluded_;
  int64_t first_row_, rows_;
  Xapian::doccount count_ = 0;
  int64_t local_ = -1;  // the row at hand, counted from the segment's first
};

}  // namespace dpr
