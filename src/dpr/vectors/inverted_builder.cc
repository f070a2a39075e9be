#include "dpr/vectors/inverted_builder.h"

#include <algorithm>
#include <limits>

#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/tensor/ops.h"
#include "dpr/vectors/clusters.h"
#include "dpr/vectors/rotation.h"

namespace dpr {
namespace {

constexpr int64_t kRowsBetweenProgress = 1 << 16;
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// What one thread fills the places of a tile's rows with.
class TileFiller {
 public:
  TileFiller(const CodedRows& rows, const Linear& rotate, ConstFloatView centres,
             const InvertedArrays& arrays)
      : rows_(rows),
        rotate_(rotate),
        centres_(centres),
        arrays_(arrays),
        residuals_(kClusterTile, rows.dimensions()),
        rotated_(kClusterTile, rows.dimensions()) {}

  void Fill(int64_t first, int64_t count, const uint32_t* lists, const uint32_t* places) {
    for (int64_t i = 0; i < count; ++i) {
      float* const row = residuals_.row(i);
      const float* const centre = centres_.row(lists[i]);
      sound_[i] = rows_.Decode(first + i, row);
      offsets_[i] =
          (Dot(centre, centre, rows_.dimensions()) - Dot(row, row, rows_.dimensions())) / 2;
      for (int64_t c = 0; c < rows_.dimensions(); ++c) row[c] -= centre[c];
    }
    rotate_.Forward(residuals_.view().rows_from(0, count), rotated_.view().rows_from(0, count));
    for (int64_t i = 0; i < count; ++i) {
      const int64_t place = places[i];
      uint8_t* const block =
          arrays_.bits + place / kBitBlock * kBitBlock * BitBytes(rows_.dimensions());
      const float factor = WriteBits(rotated_.row(i), rows_.dimensions(), block, place % kBitBlock);
      arrays_.row_of[place] = static_cast<uint32_t>(first + i);
      arrays_.factors[place] = sound_[i] ? factor : kNaN;
      if (arrays_.offsets != nullptr) arrays_.offsets[place] = offsets_[i];
    }
  }

 private:
  const CodedRows& rows_;
  const Linear& rotate_;
  const ConstFloatView centres_;
  const InvertedArrays& arrays_;
  Matrix residuals_, rotated_;
  bool sound_[kClusterTile];
  float offsets_[kClusterTile];
};

// body(begin, size) for pieces of [0, rows), by all compute threads.
template <typename Body>
void ForEachTile(int64_t rows, const Body& body) {
  ParallelFor((rows + kClusterTile - 1) / kClusterTile, 1, [&](int64_t tile) {
    const int64_t first = tile * kClusterTile;
    body(first, std::min(kClusterTile, rows - first));
  });
}

}  // namespace

Matrix FindListCentres(const CodedRows& rows, const InvertedOptions& options, Progress& progress) {
  ClusterOptions clusters;
  clusters.clusters =
      std::min(options.lists > 0 ? options.lists : DefaultLists(rows.rows()), rows.rows());
  clusters.rows_per_cluster = options.rows_per_list;
  clusters.iterations = options.iterations;
  clusters.seed = options.seed;
  return FindCentres(rows, clusters, progress);
}

void AssignLists(const CodedRows& rows, const NearestCentre& centres, int64_t first, int64_t count,
                 uint32_t* lists) {
  ForEachTile(count, [&](int64_t begin, int64_t size) {
    Matrix tile(size, rows.dimensions());
    for (int64_t i = 0; i < size; ++i) rows.Decode(first + begin + i, tile.row(i));
    centres.Find(tile.view(), lists + begin);
  });
}

ListPlaces::ListPlaces(std::span<const uint32_t> lists_of_rows, int64_t lists)
    : begins(static_cast<size_t>(lists) + 1), place_of(lists_of_rows.size()) {
  for (const uint32_t list : lists_of_rows) ++begins[list + 1];
  for (size_t list = 1; list < begins.size(); ++list) {
    begins[list] = begins[list - 1] + (begins[list] + kBitBlock - 1) / kBitBlock;
  }
  DPR_CHECK(places() < int64_t{kNoRow});
  std::vector<uint32_t> next;
  for (const uint64_t begin : begins) next.push_back(static_cast<uint32_t>(begin * kBitBlock));
  for (size_t row = 0; row < lists_of_rows.size(); ++row) {
    place_of[row] = next[lists_of_rows[row]]++;
  }
}

void FillLists(const CodedRows& rows, ConstFloatView rotation, ConstFloatView centres,
               std::span<const uint32_t> lists_of_rows, const ListPlaces& places,
               const InvertedArrays& arrays, Progress& progress) {
  std::fill_n(arrays.row_of, places.places(), kNoRow);
  std::fill_n(arrays.factors, places.places(), kNaN);
  if (arrays.offsets != nullptr) std::fill_n(arrays.offsets, places.places(), 0.0f);
  progress.Stage("filling the lists", static_cast<uint64_t>(rows.rows()), "vectors");
  const Linear rotate(rotation, nullptr);
  for (int64_t first = 0; first < rows.rows(); first += kRowsBetweenProgress) {
    const int64_t count = std::min(kRowsBetweenProgress, rows.rows() - first);
    ForEachTile(count, [&](int64_t begin, int64_t size) {
      const int64_t row = first + begin;
      TileFiller(rows, rotate, centres, arrays)
          .Fill(row, size, lists_of_rows.data() + row, places.place_of.data() + row);
    });
    progress.Advance(static_cast<uint64_t>(count));
  }
}

InvertedInMemory::InvertedInMemory(const CodedRows& rows, const InvertedOptions& options,
                                   Progress& progress)
    : rotation_(RandomRotation(rows.dimensions(), options.seed)),
      centres_(FindListCentres(rows, options, progress)) {
  std::vector<uint32_t> lists(static_cast<size_t>(rows.rows()));
  AssignLists(rows, NearestCentre(centres_.view()), 0, rows.rows(), lists.data());
  const ListPlaces places(lists, centres_.rows());
  begins_ = places.begins;
  const auto size = static_cast<size_t>(places.places());
  const size_t bytes = size * static_cast<size_t>(BitBytes(rows.dimensions()));
  const bool l2 = rows.similarity() == Similarity::kL2;
  const InvertedArrays arrays{row_of_.Reserve(size), factors_.Reserve(size),
                              l2 ? offsets_.Reserve(size) : nullptr, bits_.Reserve(bytes)};
  std::fill_n(arrays.bits, bytes, uint8_t{0});
  FillLists(rows, rotation_.view(), centres_.view(), lists, places, arrays, progress);
  InvertedView view;
  view.rows = rows.rows();
  view.dimensions = rows.dimensions();
  view.similarity = rows.similarity();
  view.rotation = rotation_.view();
  view.centres = centres_.view();
  view.begins = begins_;
  view.row_of = arrays.row_of;
  view.factors = arrays.factors;
  view.offsets = arrays.offsets;
  view.bits = arrays.bits;
  index_ = std::make_unique<InvertedIndex>(view);
}

int64_t InvertedInMemory::bytes() const {
  const InvertedView& view = index_->view();
  const int64_t place = BitBytes(view.dimensions) +
                        static_cast<int64_t>(sizeof(uint32_t) + sizeof(float)) +
                        (view.offsets != nullptr ? static_cast<int64_t>(sizeof(float)) : 0);
  // The centres and the rotation in bytes, as products with them are made.
  return static_cast<int64_t>(begins_.back()) * kBitBlock * place +
         (view.lists() + view.dimensions) * view.dimensions;
}

}  // namespace dpr
