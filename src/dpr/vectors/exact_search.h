// Exact maximum inner product (or cosine, or L2) search by scanning every vector, or its codes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dpr/tensor/matrix.h"
#include "dpr/tensor/similarity.h"
#include "dpr/vectors/codes.h"
#include "dpr/vectors/top_k.h"

namespace dpr {

// Vectors, and codes of the same rows where there are any. Views only.
struct VectorBlock {
  // NOLINTNEXTLINE(google-explicit-constructor)
  VectorBlock(ConstFloatView vectors_in, CodesView codes_in = {})
      : vectors(vectors_in), codes(codes_in) {}

  ConstFloatView vectors;  // [rows, d], contiguous (stride == d)
  CodesView codes;         // read instead of the vectors, all but those that can be among the best
};

// What is searched: row-aligned blocks (one per segment), rows numbered on through them, and the
// rows that do not count. Views only: the caller keeps the memory.
struct SearchSpace {
  std::vector<VectorBlock> blocks;
  std::span<const uint64_t> deleted;  // bit r set: row r is deleted; may be shorter than the rows
  int64_t first_row = 0;              // the number of the first block's first row
  int64_t rows() const;
  // The rows from number `row` on, where a block begins, or none.
  SearchSpace From(int64_t row) const;
};

// What a search cost.
struct SearchCosts {
  // Rows whose codes, of a byte or of a bit a number, were compared with a question, all questions
  // together.
  int64_t coded = 0;
  int64_t scored = 0;  // rows whose exact vectors were

  SearchCosts& operator+=(const SearchCosts& other) {
    coded += other.coded;
    scored += other.scored;
    return *this;
  }
};

// The k best rows for each question, best first; fewer where fewer rows live. Uses all compute
// threads: one question is one scan at memory speed; several are a blocked GEMM whose tiles are
// reduced at once, keeping what is within the error of the k-th best (of rounding, and of the codes
// where they are read), then scored exactly. Equal, scores and ties included, to NaiveSearch.
// questions: [n, d]. k >= 1.
std::vector<std::vector<ScoredRow>> ExactSearch(const SearchSpace& space, Similarity similarity,
                                                ConstFloatView questions, int64_t k,
                                                SearchCosts* costs = nullptr);

// The scores of some rows for one question [d], in the order asked.
std::vector<float> ScoreRows(const SearchSpace& space, Similarity similarity, const float* question,
                             std::span<const int64_t> rows);

// The slow twin: scores every row for every question and sorts.
std::vector<std::vector<ScoredRow>> NaiveSearch(const SearchSpace& space, Similarity similarity,
                                                ConstFloatView questions, int64_t k);

}  // namespace dpr
