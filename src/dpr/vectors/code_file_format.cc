#include "dpr/vectors/code_file_format.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/vectors/codes.h"
#include "dpr/vectors/vector_file_format.h"

namespace dpr {
namespace {

constexpr const char* kMakeAnew = "Make it anew: dpr optimize";

}  // namespace

CodeFileHeader NewCodeHeader(int64_t rows, int64_t dimensions, const std::string& vectors) {
  DPR_CHECK(rows >= 0 && dimensions >= 1);
  DPR_CHECK(vectors.empty() || vectors.size() == sizeof(CodeFileHeader::vectors));
  CodeFileHeader header{};
  std::memcpy(header.magic, kCodeFileMagic, sizeof(header.magic));
  header.version = kCodeFileVersion;
  header.element = kCodeFileBytes;
  header.dimensions = static_cast<uint64_t>(dimensions);
  header.rows = static_cast<uint64_t>(rows);
  std::memcpy(header.vectors, vectors.data(), vectors.size());
  return header;
}

void SealCodeHeader(CodeFileHeader& header, const std::string& of_rows,
                    const std::string& of_codes) {
  const auto bytes = std::as_bytes(std::span(&header, 1)).first(offsetof(CodeFileHeader, checksum));
  const std::string checksum = Hasher().Add(bytes).AddField(of_rows).AddField(of_codes).Hex();
  std::memcpy(header.checksum, checksum.data(), sizeof(header.checksum));
}

uint64_t CodeRowsBegin() { return sizeof(CodeFileHeader); }

uint64_t CodesBegin(const CodeFileHeader& header) {
  const uint64_t rows = header.rows * sizeof(CodeRow);
  return CodeRowsBegin() + (rows + kCodeLine - 1) / kCodeLine * kCodeLine;
}

uint64_t CodeFileSize(const CodeFileHeader& header) {
  const auto stride = static_cast<uint64_t>(CodeStride(static_cast<int64_t>(header.dimensions)));
  return CodesBegin(header) + header.rows * stride;
}

CodeFileHeader ParseCodeFile(std::span<const std::byte> file, const std::string& where) {
  CodeFileHeader header;
  const bool complete = file.size() >= sizeof(header);
  if (complete) std::memcpy(&header, file.data(), sizeof(header));
  if (!complete || std::memcmp(header.magic, kCodeFileMagic, sizeof(header.magic)) != 0) {
    throw Error(ErrorCode::kCorrupt, "this is not a file of codes of dpr", where, kMakeAnew);
  }
  if (header.version != kCodeFileVersion || header.element != kCodeFileBytes) {
    throw Error(ErrorCode::kUnsupported,
                "the codes have version " + std::to_string(header.version) + " and type " +
                    std::to_string(header.element) + ", and this dpr reads version " +
                    std::to_string(kCodeFileVersion) + " and type " +
                    std::to_string(kCodeFileBytes),
                where, kMakeAnew);
  }
  // More rows than the file has bytes: their size must not overflow.
  const bool nothing = std::all_of(std::begin(header.reserved), std::end(header.reserved),
                                   [](char byte) { return byte == 0; });
  const bool possible = nothing && header.dimensions >= 1 &&
                        header.dimensions <= kVectorFileMostDimensions &&
                        header.rows <= file.size();
  if (!possible || CodeFileSize(header) != file.size()) {
    throw Error(ErrorCode::kCorrupt,
                "the file has " + std::to_string(file.size()) + " bytes, but its header says " +
                    std::to_string(header.rows) + " rows of " + std::to_string(header.dimensions) +
                    " dimensions",
                where, kMakeAnew);
  }
  return header;
}

}  // namespace dpr
