#include "dpr/vectors/codes.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/base/threads.h"
#include "dpr/tensor/ops.h"
#include "dpr/vectors/code_file_format.h"

namespace dpr {
namespace {

constexpr int64_t kPieceRows = 64;        // that a thread codes at a time
constexpr int64_t kBlockBytes = 8 << 20;  // of codes, written at a time
constexpr size_t kReadBytes = size_t{4} << 20;

void CodePiece(ConstFloatView vectors, uint8_t* codes, CodeRow* rows) {
  float scale[kPieceRows], offset[kPieceRows];
  MakeCodes(vectors, codes, scale, offset);
  const int64_t stride = CodeStride(vectors.columns);
  for (int64_t i = 0; i < vectors.rows; ++i) {
    const float* x = vectors.row(i);
    rows[i] = {scale[i], offset[i],
               CodingError(x, codes + i * stride, vectors.columns, scale[i], offset[i]),
               Dot(x, x, vectors.columns)};
  }
}

void CodeRows(ConstFloatView vectors, uint8_t* codes, CodeRow* rows) {
  const int64_t stride = CodeStride(vectors.columns);
  const int64_t pieces = (vectors.rows + kPieceRows - 1) / kPieceRows;
  ParallelFor(pieces, 1, [&](int64_t piece) {
    const int64_t first = piece * kPieceRows;
    const int64_t count = std::min(kPieceRows, vectors.rows - first);
    CodePiece(vectors.rows_from(first, count), codes + first * stride, rows + first);
  });
}

std::span<const std::byte> BytesOf(const void* data, int64_t count) {
  return {static_cast<const std::byte*>(data), static_cast<size_t>(count)};
}

}  // namespace

CodesInMemory::CodesInMemory(ConstFloatView vectors)
    : rows_(vectors.rows),
      dimensions_(vectors.columns),
      codes_(static_cast<size_t>(rows_ * CodeStride(dimensions_))),
      infos_(static_cast<size_t>(rows_)) {
  CodeRows(vectors, codes_.data(), infos_.data());
}

CodesView CodesInMemory::view() const {
  return {{codes_.data(), rows_, dimensions_, CodeStride(dimensions_)}, infos_.data()};
}

void WriteCodeFile(const Path& path, const MappedVectors& source, Progress& progress) {
  const ConstFloatView vectors = source.vectors;
  const int64_t stride = CodeStride(vectors.columns);
  const int64_t block =
      std::clamp<int64_t>(kBlockBytes / stride, 1, std::max<int64_t>(vectors.rows, 1));
  CodeFileHeader header = NewCodeHeader(vectors.rows, vectors.columns, source.checksum);
  AtomicFile file(path);
  AlignedBuffer<uint8_t> codes(static_cast<size_t>(block * stride));
  std::vector<CodeRow> rows(static_cast<size_t>(block));
  Hasher of_rows, of_codes;
  progress.Stage("coding vectors", static_cast<uint64_t>(vectors.rows), "vectors");
  for (int64_t first = 0; first < vectors.rows; first += block) {
    const int64_t count = std::min(block, vectors.rows - first);
    CodeRows(vectors.rows_from(first, count), codes.data(), rows.data());
    const auto row_bytes = BytesOf(rows.data(), count * static_cast<int64_t>(sizeof(CodeRow)));
    const auto code_bytes = BytesOf(codes.data(), count * stride);
    of_rows.Add(row_bytes);
    of_codes.Add(code_bytes);
    file.file().WriteAt(CodeRowsBegin() + static_cast<uint64_t>(first) * sizeof(CodeRow),
                        row_bytes);
    file.file().WriteAt(CodesBegin(header) + static_cast<uint64_t>(first * stride), code_bytes);
    KillPoint("codes.written");
    const auto row_size = static_cast<size_t>(vectors.columns) * sizeof(float);
    source.mapping.Release(static_cast<size_t>(first) * row_size,
                           static_cast<size_t>(count) * row_size);
    progress.Advance(static_cast<uint64_t>(count));
  }
  const uint64_t rows_end = CodeRowsBegin() + header.rows * sizeof(CodeRow);
  of_rows.Add(std::string(CodesBegin(header) - rows_end, '\0'));
  file.file().Truncate(CodeFileSize(header));
  SealCodeHeader(header, of_rows.Hex(), of_codes.Hex());
  file.file().WriteAt(0, BytesOf(&header, sizeof(header)));
  KillPoint("codes.sealed");
  file.Commit();
}

CodeFile::CodeFile(const Path& path) : file_(path) {
  const CodeFileHeader header = ParseCodeFile(file_.bytes(), path.string());
  rows_ = static_cast<int64_t>(header.rows);
  dimensions_ = static_cast<int64_t>(header.dimensions);
  vectors_.assign(header.vectors, sizeof(header.vectors));
  checksum_.assign(header.checksum, sizeof(header.checksum));
}

CodesView CodeFile::view() const {
  const CodeFileHeader header = NewCodeHeader(rows_, dimensions_, vectors_);
  const std::byte* data = file_.bytes().data();
  return {{reinterpret_cast<const uint8_t*>(data + CodesBegin(header)), rows_, dimensions_,
           CodeStride(dimensions_)},
          reinterpret_cast<const CodeRow*>(data + CodeRowsBegin())};
}

void CodeFile::Verify() const {
  const std::span<const std::byte> bytes = file_.bytes();
  CodeFileHeader header = ParseCodeFile(bytes, file_.path().string());
  const auto hash = [&](size_t begin, size_t end) {
    Hasher hasher;
    for (size_t at = begin; at < end;) {
      const size_t next = std::min(end, (at / kReadBytes + 1) * kReadBytes);
      hasher.Add(bytes.subspan(at, next - at));
      file_.Release(at / kReadBytes * kReadBytes, kReadBytes);
      at = next;
    }
    return hasher.Hex();
  };
  const CodeFileHeader there = header;
  const uint64_t middle = CodesBegin(header);
  SealCodeHeader(header, hash(CodeRowsBegin(), middle), hash(middle, bytes.size()));
  if (std::memcmp(&there, &header, sizeof(header)) != 0) {
    throw Error(ErrorCode::kCorrupt, "the codes' checksum does not hold", file_.path().string(),
                "A byte of the file has changed: dpr optimize makes it anew");
  }
}

}  // namespace dpr
