#include "dpr/vectors/vector_file_format.h"

#include <cstddef>
#include <cstring>
#include <utility>

#include "dpr/base/error.h"

namespace dpr {
namespace {

[[noreturn]] void ThrowWrongLength(const VectorFileHeader& header, uint64_t bytes,
                                   const std::string& where) {
  throw Error(ErrorCode::kCorrupt,
              "the file has " + std::to_string(bytes) + " bytes, but its header says " +
                  std::to_string(header.rows) + " vectors of " + std::to_string(header.dimensions) +
                  " dimensions",
              where, "It was cut short or damaged: restore it from a copy, or make it again");
}

}  // namespace

VectorFileHeader UnfinishedVectorHeader(int64_t dimensions) {
  DPR_CHECK(dimensions >= 1 && static_cast<uint64_t>(dimensions) <= kVectorFileMostDimensions);
  VectorFileHeader header{};
  std::memcpy(header.magic, kVectorFileMagic, sizeof(header.magic));
  header.version = kVectorFileVersion;
  header.element = kVectorFileF32;
  header.dimensions = static_cast<uint64_t>(dimensions);
  header.rows = kVectorFileUnfinished;
  return header;
}

VectorFileHeader ParseVectorHeader(std::span<const std::byte> file, const std::string& where) {
  VectorFileHeader header;
  const bool complete = file.size() >= sizeof(header);
  if (complete) std::memcpy(&header, file.data(), sizeof(header));
  if (!complete || std::memcmp(header.magic, kVectorFileMagic, sizeof(header.magic)) != 0) {
    throw Error(ErrorCode::kCorrupt, "this is not a vector file of dpr", where,
                "It does not begin as one; check the path, or restore the file from a copy");
  }
  if (header.version != kVectorFileVersion) {
    throw Error(ErrorCode::kUnsupported,
                "the vector file has version " + std::to_string(header.version) +
                    ", and this dpr reads version " + std::to_string(kVectorFileVersion),
                where, "Read it with the dpr that wrote it, or index its sources again");
  }
  if (header.element != kVectorFileF32) {
    const std::string type =
        header.element == kVectorFileF16 ? "f16" : "type " + std::to_string(header.element);
    throw Error(ErrorCode::kUnsupported,
                "the vectors' elements are " + type + ", and this dpr reads f32", where,
                "Read it with the dpr that wrote it, or index its sources again");
  }
  if (header.dimensions < 1 || header.dimensions > kVectorFileMostDimensions) {
    throw Error(ErrorCode::kCorrupt,
                "the header says " + std::to_string(header.dimensions) + " dimensions", where,
                "It is damaged: restore it from a copy, or make it again");
  }
  return header;
}

VectorFileHeader ParseVectorFile(std::span<const std::byte> file, const std::string& where) {
  const VectorFileHeader header = ParseVectorHeader(file, where);
  if (header.rows == kVectorFileUnfinished) {
    throw Error(ErrorCode::kCorrupt, "the vector file was not finished", where,
                "Give the command that wrote it again: it goes on where it stopped");
  }
  const uint64_t bytes = file.size() - sizeof(header);
  const uint64_t row_bytes = header.dimensions * sizeof(float);
  // Divided, not multiplied: a hostile row count must not overflow.
  if (bytes % row_bytes != 0 || bytes / row_bytes != header.rows) {
    ThrowWrongLength(header, file.size(), where);
  }
  return header;
}

std::string VectorFileChecksum(Hasher vectors, const VectorFileHeader& header) {
  const auto bytes = std::as_bytes(std::span(&header, 1));
  return vectors.Add(bytes.first(offsetof(VectorFileHeader, checksum))).Hex();
}

}  // namespace dpr
