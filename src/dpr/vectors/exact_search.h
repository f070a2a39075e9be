// Exact maximum inner product (or cosine, or L2) search by scanning every vector.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dpr/tensor/matrix.h"
#include "dpr/tensor/similarity.h"
#include "dpr/vectors/top_k.h"

namespace dpr {

// What is searched: row-aligned blocks (one per segment), rows numbered on through them, and the
// rows that do not count. Views only: the caller keeps the memory.
struct SearchSpace {
  std::vector<ConstFloatView> blocks;  // each [rows, d], contiguous (stride == d)
  std::span<const uint64_t> deleted;   // bit r set: row r is deleted; may be shorter than the rows
  int64_t rows() const;
};

// The k best rows for each question, best first; fewer where fewer rows live. Uses all compute
// threads: one question is one scan at memory speed; several are a blocked GEMM whose tiles are
// reduced at once, keeping what is within the rounding error of the k-th best, then scored exactly.
// Equal, scores and ties included, to NaiveSearch. questions: [n, d]. k >= 1.
std::vector<std::vector<ScoredRow>> ExactSearch(const SearchSpace& space, Similarity similarity,
                                                ConstFloatView questions, int64_t k);

// The scores of some rows for one question [d], in the order asked.
std::vector<float> ScoreRows(const SearchSpace& space, Similarity similarity, const float* question,
                             std::span<const int64_t> rows);

// The slow twin: scores every row for every question and sorts.
std::vector<std::vector<ScoredRow>> NaiveSearch(const SearchSpace& space, Similarity similarity,
                                                ConstFloatView questions, int64_t k);

}  // namespace dpr
