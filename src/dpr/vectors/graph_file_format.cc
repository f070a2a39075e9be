#include "dpr/vectors/graph_file_format.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "dpr/base/error.h"
#include "dpr/vectors/vector_file_format.h"

namespace dpr {
namespace {

constexpr const char* kMakeAnew = "Make it anew: dpr optimize";
constexpr uint32_t kMostEdges = 1 << 12;

uint64_t Aligned(uint64_t bytes) { return (bytes + 63) / 64 * 64; }

[[noreturn]] void FailLength(const GraphFileHeader& header, uint64_t bytes,
                             const std::string& where) {
  throw Error(ErrorCode::kCorrupt,
              "the file has " + std::to_string(bytes) + " bytes, but its header says " +
                  std::to_string(header.rows) + " rows of " + std::to_string(header.dimensions) +
                  " dimensions and " + std::to_string(header.most_edges) + " edges",
              where, kMakeAnew);
}

}  // namespace

GraphFileHeader NewGraphHeader(int64_t rows, int64_t dimensions, Similarity similarity,
                               int64_t most_edges) {
  DPR_CHECK(rows >= 1 && dimensions >= 1 && most_edges >= 1);
  GraphFileHeader header{};
  std::memcpy(header.magic, kGraphFileMagic, sizeof(header.magic));
  header.version = kGraphFileVersion;
  header.similarity = static_cast<uint32_t>(similarity);
  header.dimensions = static_cast<uint64_t>(dimensions);
  header.rows = static_cast<uint64_t>(rows);
  header.most_edges = static_cast<uint32_t>(most_edges);
  return header;
}

Similarity SimilarityOf(const GraphFileHeader& header) {
  static_assert(static_cast<int>(Similarity::kDot) == 0);
  static_assert(static_cast<int>(Similarity::kCosine) == 1);
  static_assert(static_cast<int>(Similarity::kL2) == 2);
  return static_cast<Similarity>(header.similarity);
}

GraphFileParts::GraphFileParts(const GraphFileHeader& header) {
  const auto stride = static_cast<uint64_t>(CodeStride(static_cast<int64_t>(header.dimensions)));
  entries = sizeof(GraphFileHeader);
  rows = Aligned(entries + kMostEntries * sizeof(Node));
  codes = Aligned(rows + header.rows * sizeof(CodeRow));
  edges = codes + header.rows * stride;
  end = edges + header.rows * header.most_edges * sizeof(Node);
}

GraphView ViewGraphFile(std::span<const std::byte> file, const GraphFileHeader& header) {
  const GraphFileParts parts(header);
  const std::byte* data = file.data();
  const auto rows = static_cast<int64_t>(header.rows);
  const auto dimensions = static_cast<int64_t>(header.dimensions);
  const CodeView codes(reinterpret_cast<const uint8_t*>(data + parts.codes), rows, dimensions,
                       CodeStride(dimensions));
  return {{codes, reinterpret_cast<const CodeRow*>(data + parts.rows)},
          reinterpret_cast<const Node*>(data + parts.edges),
          static_cast<int64_t>(header.most_edges),
          {reinterpret_cast<const Node*>(data + parts.entries), header.entries}};
}

GraphFileHeader ParseGraphFile(std::span<const std::byte> file, const std::string& where) {
  GraphFileHeader header;
  const bool complete = file.size() >= sizeof(header);
  if (complete) std::memcpy(&header, file.data(), sizeof(header));
  if (!complete || std::memcmp(header.magic, kGraphFileMagic, sizeof(header.magic)) != 0) {
    throw Error(ErrorCode::kCorrupt, "this is not a graph of dpr", where, kMakeAnew);
  }
  if (header.version != kGraphFileVersion) {
    throw Error(ErrorCode::kUnsupported,
                "the graph has version " + std::to_string(header.version) +
                    ", and this dpr reads version " + std::to_string(kGraphFileVersion),
                where, kMakeAnew);
  }
  const bool zeros = std::all_of(std::begin(header.reserved), std::end(header.reserved),
                                 [](char byte) { return byte == 0; });
  // More rows than the file has bytes: their size must not overflow.
  const bool possible = zeros && header.similarity <= 2 && header.dimensions >= 1 &&
                        header.dimensions <= kVectorFileMostDimensions && header.rows >= 1 &&
                        header.rows <= file.size() && header.rows < kNoNode &&
                        header.most_edges >= 1 && header.most_edges <= kMostEdges &&
                        header.entries <= kMostEntries;
  if (!possible || GraphFileParts(header).end != file.size()) {
    FailLength(header, file.size(), where);
  }
  return header;
}

}  // namespace dpr
