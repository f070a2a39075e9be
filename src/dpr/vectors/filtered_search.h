// Exact search among the rows that a filter holds, the same whichever way it goes: past the others
// in a scan of all, or from one to the next where they are few.
#pragma once

#include <cstdint>
#include <vector>

#include "dpr/base/row_filter.h"
#include "dpr/vectors/exact_search.h"

namespace dpr {

// As ExactSearch, with the rows that `filter` does not hold, and no others, left out. k >= 1, and
// the questions have as many dimensions as the vectors.
std::vector<std::vector<ScoredRow>> FilteredSearch(SearchSpace space, const RowFilter& filter,
                                                   Similarity similarity, ConstFloatView questions,
                                                   int64_t k);

// The best k of `rows`, ascending, each scored by itself.
std::vector<std::vector<ScoredRow>> SearchRows(const SearchSpace& space,
                                               std::span<const int64_t> rows, Similarity similarity,
                                               ConstFloatView questions, int64_t k);

}  // namespace dpr
