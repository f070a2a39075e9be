// The bytes of a vector file, shared by its reader and its writer. All numbers little-endian.
// docs/formats/vectors.md has the table; what is there never changes within a version.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "dpr/base/checksum.h"

namespace dpr {

inline constexpr char kVectorFileMagic[8] = {'D', 'P', 'R', 'V', 'E', 'C', 'S', '\n'};
inline constexpr uint32_t kVectorFileVersion = 1;
// Values of VectorFileHeader::element.
inline constexpr uint32_t kVectorFileF32 = 1;
inline constexpr uint32_t kVectorFileF16 = 2;  // reserved: not written, refused by name
// VectorFileHeader::rows of a file that is still being written.
inline constexpr uint64_t kVectorFileUnfinished = ~uint64_t{0};
inline constexpr uint64_t kVectorFileMostDimensions = 1 << 20;

// The first 64 bytes; the vectors follow, so mapped they are aligned to 64 bytes.
struct VectorFileHeader {
  char magic[8];
  uint32_t version;
  uint32_t element;
  uint64_t dimensions;
  uint64_t rows;
  char checksum[32];  // hexadecimal; zero bytes while unfinished
};
static_assert(sizeof(VectorFileHeader) == 64);

VectorFileHeader UnfinishedVectorHeader(int64_t dimensions);

// The header at the beginning of `file`. Errors (naming `where`): too short, another magic, version
// or element type, impossible dimensions.
VectorFileHeader ParseVectorHeader(std::span<const std::byte> file, const std::string& where);
// The same of a whole finished file; its length must fit the header's to the byte.
VectorFileHeader ParseVectorFile(std::span<const std::byte> file, const std::string& where);

// The checksum of a file: of the vectors' bytes, which `vectors` has taken in, and then of the
// header's fields before the checksum.
std::string VectorFileChecksum(Hasher vectors, const VectorFileHeader& header);

}  // namespace dpr
