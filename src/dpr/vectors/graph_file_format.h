// The bytes of a graph's file, shared by its reader and its writer. All numbers little-endian.
// docs/formats/ann.md has the table; what is there never changes within a version.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "dpr/base/file.h"
#include "dpr/vectors/ann_build.h"
#include "dpr/vectors/graph.h"

namespace dpr {

inline constexpr char kGraphFileMagic[8] = {'D', 'P', 'R', 'G', 'R', 'P', 'H', '\n'};
inline constexpr uint32_t kGraphFileVersion = 1;

// The first 128 bytes. kMostEntries entries follow; then, each from a multiple of 64 on, a CodeRow
// for each row, the codes, and most_edges edges for each row.
struct GraphFileHeader {
  char magic[8];
  uint32_t version;
  uint32_t similarity;  // 0 dot, 1 cosine, 2 l2
  uint64_t dimensions;
  uint64_t rows;
  uint32_t most_edges;
  uint32_t entries;
  char checksum[32];  // hexadecimal: of the 40 bytes before it and of all bytes behind the header;
                      // zero bytes while the graph is in the making
  char reserved[56];  // zero
};
static_assert(sizeof(GraphFileHeader) == kAnnHeaderBytes);
static_assert(offsetof(GraphFileHeader, checksum) == kAnnChecksumAt);

GraphFileHeader NewGraphHeader(int64_t rows, int64_t dimensions, Similarity similarity,
                               int64_t most_edges);
Similarity SimilarityOf(const GraphFileHeader& header);

// Where the parts begin, in bytes.
struct GraphFileParts {
  explicit GraphFileParts(const GraphFileHeader& header);
  uint64_t entries, rows, codes, edges, end;
};

// The graph that a whole file, mapped, holds.
GraphView ViewGraphFile(std::span<const std::byte> file, const GraphFileHeader& header);

// The header of a whole file, finished or not, whose length must fit it to the byte. kCorrupt or
// kUnsupported, naming `where`.
GraphFileHeader ParseGraphFile(std::span<const std::byte> file, const std::string& where);

}  // namespace dpr
