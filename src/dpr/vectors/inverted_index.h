// An inverted file over bit codes (IVF: Sivic and Zisserman 2003; codes: bit_codes.h): rows lie in
// the lists of their nearest centres; a question scans the lists whose centres are best for it, and
// what looks best there is scored by codes of a byte a number and then by the definition. In memory
// it takes a bit a number and 8 to 12 bytes a row.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dpr/tensor/linear.h"
#include "dpr/tensor/similarity.h"
#include "dpr/vectors/ann_index.h"
#include "dpr/vectors/bit_codes.h"

namespace dpr {

inline constexpr uint32_t kNoRow = UINT32_MAX;

// What is stored. Does not own its memory. A list is whole blocks of kBitBlock places; those behind
// its rows hold kNoRow and a factor of NaN.
struct InvertedView {
  int64_t rows = 0, dimensions = 0;
  Similarity similarity = Similarity::kDot;
  ConstFloatView rotation;           // [d, d]
  ConstFloatView centres;            // [lists, d], of rows, for cosine of length 1
  std::span<const uint64_t> begins;  // [lists + 1], in blocks
  const uint32_t* row_of = nullptr;  // [places]
  const float* factors = nullptr;    // [places]
  const float* offsets = nullptr;    // [places], for L2: (|c|^2 - |x|^2) / 2; else null
  const uint8_t* bits = nullptr;     // [blocks][kBitBlock * BitBytes(d)]

  int64_t lists() const { return centres.rows; }
};

// The effort is how many lists are scanned. Questions whose squares leave the range of float are
// searched exactly.
class InvertedIndex : public AnnIndex {
 public:
  // What `view` shows must stay.
  explicit InvertedIndex(const InvertedView& view);

  const InvertedView& view() const { return view_; }
  int64_t rows() const override { return view_.rows; }
  int64_t dimensions() const override { return view_.dimensions; }
  Similarity similarity() const override { return view_.similarity; }
  int64_t most_effort() const override { return view_.lists(); }
  RankedRows Search(const SearchSpace& space, ConstFloatView questions, int64_t k, int64_t effort,
                    SearchCosts* costs = nullptr) const override;
  // From a question to its rotation, then its product with each centre, for L2 less |c|^2 / 2.
  const Linear& products() const { return products_; }

 private:
  const InvertedView view_;
  const Linear products_;
};

// How many lists suit so many rows.
int64_t DefaultLists(int64_t rows);

}  // namespace dpr
