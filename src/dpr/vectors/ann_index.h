// What approximate nearest neighbour indexes have in common: they find most of the best rows
// without looking at most rows. What they find has its exact score; what may be missing is rows,
// and how many is measured (recall.h), never assumed.
#pragma once

#include <cstdint>
#include <vector>

#include "dpr/tensor/similarity.h"
#include "dpr/vectors/exact_search.h"

namespace dpr {

using RankedRows = std::vector<std::vector<ScoredRow>>;

// Thread-safe.
class AnnIndex {
 public:
  AnnIndex() = default;
  virtual ~AnnIndex() = default;
  AnnIndex(const AnnIndex&) = delete;
  AnnIndex& operator=(const AnnIndex&) = delete;

  virtual int64_t rows() const = 0;
  virtual int64_t dimensions() const = 0;
  virtual Similarity similarity() const = 0;
  virtual int64_t most_effort() const = 0;  // more finds no more, or takes as long as exact search

  // The k best rows that are found for each question, best first, with exact scores, none deleted.
  // `effort`, at least 1: the more, the higher the recall, and the longer it takes. Rows of `space`
  // are the index's, in order; what it has beyond them is searched exactly. Fewer than k only where
  // fewer live, or fewer are met.
  virtual RankedRows Search(const SearchSpace& space, ConstFloatView questions, int64_t k,
                            int64_t effort, SearchCosts* costs = nullptr) const = 0;
};

}  // namespace dpr
