// Rows of a collection, or of a matrix of vectors, as search results: their order, and which are
// deleted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace dpr {

struct ScoredRow {
  float score;
  int64_t row;
};

// The total order of results. `a` before `b`?
inline bool RanksBefore(const ScoredRow& a, const ScoredRow& b) {
  return a.score > b.score || (a.score == b.score && a.row < b.row);
}

// Bit r % 64 of words[r / 64] says that row r is deleted; rows beyond the words are not.
inline bool IsDeleted(std::span<const uint64_t> words, int64_t row) {
  const auto word = static_cast<size_t>(row / 64);
  return word < words.size() && (words[word] >> (row % 64) & 1) != 0;
}

}  // namespace dpr
