// The bytes of a file of codes, shared by its reader and its writer. All numbers little-endian.
// docs/formats/codes.md has the table; what is there never changes within a version.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace dpr {

inline constexpr char kCodeFileMagic[8] = {'D', 'P', 'R', 'C', 'O', 'D', 'E', '\n'};
inline constexpr uint32_t kCodeFileVersion = 1;
inline constexpr uint32_t kCodeFileBytes = 1;  // CodeFileHeader::element: what is in codes.h

// The first 128 bytes; a CodeRow for each row follows, then, from a multiple of 64 on, the codes.
struct CodeFileHeader {
  char magic[8];
  uint32_t version;
  uint32_t element;
  uint64_t dimensions;
  uint64_t rows;
  char vectors[32];   // the checksum of the vector file that was coded, hexadecimal
  char checksum[32];  // hexadecimal
  char reserved[32];  // zero
};
static_assert(sizeof(CodeFileHeader) == 128);

// Without its checksum. `vectors`: 32 digits, or none.
CodeFileHeader NewCodeHeader(int64_t rows, int64_t dimensions, const std::string& vectors);
// The checksum of the header's fields before it and of the checksums of both parts.
void SealCodeHeader(CodeFileHeader& header, const std::string& of_rows,
                    const std::string& of_codes);

uint64_t CodeRowsBegin();
uint64_t CodesBegin(const CodeFileHeader& header);
uint64_t CodeFileSize(const CodeFileHeader& header);

// The header of a whole file, whose length must fit it to the byte. kCorrupt or kUnsupported,
// naming `where`.
CodeFileHeader ParseCodeFile(std::span<const std::byte> file, const std::string& where);

}  // namespace dpr
