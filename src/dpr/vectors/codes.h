// Vectors in bytes beside the exact ones: what a scan reads instead of them, a quarter of the
// bytes, with a bound on what each vector lost, so that nothing is missed for it (screen.h).
//
// File `vectors.i8`, byte layout: docs/formats/codes.md.
#pragma once

#include <cstdint>
#include <string>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/tensor/byte_codes.h"
#include "dpr/tensor/matrix.h"
#include "dpr/vectors/vector_file.h"

namespace dpr {

// What is known of a row x besides its codes u. As it lies in the file.
struct CodeRow {
  float scale, offset;  // x_i is about offset + scale * u_i
  float error;          // |x - (offset + scale u)|, rounded up
  float squared_norm;   // Dot(x, x)
};
static_assert(sizeof(CodeRow) == 16);

// Does not own its memory.
struct CodesView {
  CodeView codes;
  const CodeRow* rows = nullptr;  // [codes.rows]

  bool empty() const { return rows == nullptr; }
  CodesView rows_from(int64_t begin, int64_t count) const {
    if (empty()) return {};
    return {codes.rows_from(begin, count), rows + begin};
  }
};

// Codes of some vectors in memory.
class CodesInMemory {
 public:
  explicit CodesInMemory(ConstFloatView vectors);
  CodesView view() const;

 private:
  int64_t rows_, dimensions_;
  AlignedBuffer<uint8_t> codes_;
  AlignedBuffer<CodeRow> infos_;
};

// Vectors in a mapped file. Views only.
struct MappedVectors {
  ConstFloatView vectors;
  const MappedFile& mapping;
  const std::string& checksum;  // of the vectors, 32 hexadecimal digits
};

// Codes vectors into `path`, by all compute threads and in little memory, atomically: the file is
// there, whole, or not at all.
void WriteCodeFile(const Path& path, const MappedVectors& source, Progress& progress);
inline void WriteCodeFile(const Path& path, const VectorFile& file, Progress& progress) {
  WriteCodeFile(path, {file.view(), file.mapping(), file.checksum()}, progress);
}

// A file of codes, mapped. Opening checks magic, version and lengths, not the checksum.
// Thread-safe.
class CodeFile {
 public:
  explicit CodeFile(const Path& path);
  CodesView view() const;
  int64_t rows() const { return rows_; }
  int64_t dimensions() const { return dimensions_; }
  const std::string& checksum() const { return checksum_; }  // as the header says
  // The checksum() of the vector file that was coded.
  const std::string& vectors() const { return vectors_; }
  // Reads all, in little resident memory; kCorrupt when the checksum does not hold.
  void Verify() const;

 private:
  MappedFile file_;
  int64_t rows_ = 0, dimensions_ = 0;
  std::string vectors_, checksum_;
};

}  // namespace dpr
