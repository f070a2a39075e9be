// Building an inverted file over coded rows (inverted_index.h): its centres, the list of each row,
// the places in the lists, and what lies there.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dpr/base/progress.h"
#include "dpr/vectors/clusters.h"
#include "dpr/vectors/coded_rows.h"
#include "dpr/vectors/inverted_index.h"

namespace dpr {

struct InvertedOptions {
  int64_t lists = 0;       // 0: DefaultLists
  int rows_per_list = 64;  // that the centres are learned from
  int iterations = 8;
  uint64_t seed = 1;

  bool operator==(const InvertedOptions&) const = default;
};

// [lists, d].
Matrix FindListCentres(const CodedRows& rows, const InvertedOptions& options, Progress& progress);

// The lists of rows [first, first + count), by all compute threads.
void AssignLists(const CodedRows& rows, const NearestCentre& centres, int64_t first, int64_t count,
                 uint32_t* lists);

// Where rows lie: those of a list in ascending order.
struct ListPlaces {
  ListPlaces(std::span<const uint32_t> lists_of_rows, int64_t lists);

  std::vector<uint64_t> begins;    // [lists + 1], in blocks
  std::vector<uint32_t> place_of;  // of each row
  int64_t places() const { return static_cast<int64_t>(begins.back()) * kBitBlock; }
};

// Where an index is written, as InvertedView reads it.
struct InvertedArrays {
  uint32_t* row_of;
  float* factors;
  float* offsets;  // or null, but for L2
  uint8_t* bits;
};

// Fills all places, by all compute threads. The bits must be zero before.
void FillLists(const CodedRows& rows, ConstFloatView rotation, ConstFloatView centres,
               std::span<const uint32_t> lists_of_rows, const ListPlaces& places,
               const InvertedArrays& arrays, Progress& progress);

// A whole index in memory.
class InvertedInMemory {
 public:
  InvertedInMemory(const CodedRows& rows, const InvertedOptions& options, Progress& progress);
  const InvertedIndex& index() const { return *index_; }
  int64_t bytes() const;  // that searches touch, without the codes of a byte a number

 private:
  Matrix rotation_, centres_;
  std::vector<uint64_t> begins_;
  AlignedBuffer<uint32_t> row_of_;
  AlignedBuffer<float> factors_, offsets_;
  AlignedBuffer<uint8_t> bits_;
  std::unique_ptr<InvertedIndex> index_;
};

}  // namespace dpr
