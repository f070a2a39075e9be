// The bytes of FAISS's index files, as far as they hold vectors as they are: flat indexes, alone,
// with ids of their own (IndexIDMap), and below an HNSW graph. docs/formats/faiss.md has the
// layout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "dpr/tensor/similarity.h"

namespace dpr {

struct FaissLayout {
  std::string index;  // its name in FAISS: "IndexFlatIP", "IndexHNSWFlat", "IndexIDMap of ..."
  bool has_graph = false;
  Similarity similarity = Similarity::kDot;  // or kL2
  int64_t dimensions = 0, rows = 0;
  size_t vectors = 0;         // where they begin: float32, row after row, not aligned
  std::optional<size_t> ids;  // where they begin: int64 for each row
};

// Does the file begin as an index of FAISS's that is known by name, of whatever kind?
bool IsFaissFile(std::span<const std::byte> file);

// The layout of `file`, all of its bytes. Safe on hostile bytes: what is returned lies in the file.
// kUnsupported, by name, for indexes that hold no vectors as they are and for metrics that dpr does
// not have; kInvalid, with the byte, for what is damaged. Errors name `where`.
FaissLayout ParseFaissIndex(std::span<const std::byte> file, const std::string& where);

// All that a file of IndexFlatIP or IndexFlatL2 (for Similarity::kL2) has before its vectors.
std::string MakeFaissFlatHeader(Similarity similarity, int64_t dimensions, int64_t rows);

}  // namespace dpr
