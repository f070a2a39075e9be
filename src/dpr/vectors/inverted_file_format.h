// The bytes of an inverted file, shared by its reader and its writer. All numbers little-endian.
// docs/formats/ann.md has the table; what is there never changes within a version.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "dpr/vectors/ann_build.h"
#include "dpr/vectors/inverted_index.h"

namespace dpr {

inline constexpr char kInvertedFileMagic[8] = {'D', 'P', 'R', 'I', 'V', 'F', 'L', '\n'};
inline constexpr uint32_t kInvertedFileVersion = 1;

// The first 128 bytes. Then, each from a multiple of 64 on: where lists begin, the rotation, the
// centres, and of all places the rows, the factors, the offsets if the similarity is l2, the bits.
struct InvertedFileHeader {
  char magic[8];
  uint32_t version;
  uint32_t similarity;  // 0 dot, 1 cosine, 2 l2
  uint64_t dimensions;
  uint64_t rows;
  uint64_t lists;
  char checksum[32];  // hexadecimal: of the 40 bytes before it and of all bytes behind the header;
                      // zero bytes while the file is in the making
  char reserved[56];  // zero
};
static_assert(sizeof(InvertedFileHeader) == kAnnHeaderBytes);
static_assert(offsetof(InvertedFileHeader, checksum) == kAnnChecksumAt);

InvertedFileHeader NewInvertedHeader(int64_t rows, int64_t dimensions, Similarity similarity,
                                     int64_t lists);

// Where the parts begin, in bytes. `blocks`: of all lists together.
struct InvertedFileParts {
  InvertedFileParts(const InvertedFileHeader& header, uint64_t blocks);
  uint64_t begins, rotation, centres, row_of, factors, offsets, bits, end;
};

// The header of a whole file, finished or not, whose length must fit it to the byte, and whose
// lists follow one another. kCorrupt or kUnsupported, naming `where`.
InvertedFileHeader ParseInvertedFile(std::span<const std::byte> file, const std::string& where);
// What such a file holds.
InvertedView ViewInvertedFile(std::span<const std::byte> file, const InvertedFileHeader& header);

}  // namespace dpr
