// A search space cut into the pieces that threads take, and its rows by their numbers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "dpr/vectors/exact_search.h"

namespace dpr {

// Consecutive rows of one block.
struct RowTile {
  ConstFloatView rows;
  CodesView codes;    // of the same rows; empty where there are none
  int64_t first_row;  // the number of its first row in the whole space
};

// All rows in order, at most `most_rows` to a tile.
inline std::vector<RowTile> CutIntoTiles(const SearchSpace& space, int64_t most_rows) {
  std::vector<RowTile> tiles;
  int64_t first_row = space.first_row;
  for (const VectorBlock& block : space.blocks) {
    const int64_t rows = block.vectors.rows;
    for (int64_t begin = 0; begin < rows; begin += most_rows) {
      const int64_t count = std::min(most_rows, rows - begin);
      tiles.push_back({block.vectors.rows_from(begin, count), block.codes.rows_from(begin, count),
                       first_row + begin});
    }
    first_row += rows;
  }
  return tiles;
}

// The tile of a row. `tiles`: all of a space, in order.
inline const RowTile& FindTile(const std::vector<RowTile>& tiles, int64_t row) {
  const auto after =
      std::upper_bound(tiles.begin(), tiles.end(), row,
                       [](int64_t r, const RowTile& tile) { return r < tile.first_row; });
  return *(after - 1);
}
// Its vector.
inline const float* FindRow(const std::vector<RowTile>& tiles, int64_t row) {
  const RowTile& tile = FindTile(tiles, row);
  return tile.rows.row(row - tile.first_row);
}
// Has it read into the cache.
inline void FetchRow(const std::vector<RowTile>& tiles, int64_t row, int64_t dimensions) {
  constexpr int64_t kLineFloats = 16;
  const float* const vector = FindRow(tiles, row);
  for (int64_t at = 0; at < dimensions; at += kLineFloats) __builtin_prefetch(vector + at);
}
// Its codes alone.
inline CodesView FindCodes(const std::vector<RowTile>& tiles, int64_t row) {
  const RowTile& tile = FindTile(tiles, row);
  return tile.codes.rows_from(row - tile.first_row, 1);
}

}  // namespace dpr
