// A file of row-aligned f32 vectors, mapped for reading. Byte layout: docs/formats/vectors.md.
#pragma once

#include <cstdint>

#include "dpr/base/file.h"
#include "dpr/tensor/matrix.h"

namespace dpr {

// Appends rows to a new file; the header gets its row count and checksum at Finish(). A file that
// was not finished can be continued: Resume keeps the first `rows` rows.
class VectorFileWriter {
 public:
  static VectorFileWriter Create(const Path& path, int64_t dimensions);
  static VectorFileWriter Resume(const Path& path, int64_t dimensions, int64_t rows);

  void Append(ConstFloatView rows);  // [n, dimensions]
  void Sync();                       // what was appended survives a power cut
  void Finish();                     // header, checksum, fsync
  int64_t rows() const { return rows_; }

 private:
  VectorFileWriter(File file, int64_t dimensions, int64_t rows);
  File file_;
  int64_t dimensions_;
  int64_t rows_;
};

// A finished file, mapped. Opening checks magic, version and lengths, not the checksum.
// Thread-safe.
class VectorFile {
 public:
  explicit VectorFile(const Path& path);
  int64_t rows() const { return rows_; }
  int64_t dimensions() const { return dimensions_; }
  ConstFloatView view() const;  // [rows, dimensions], 64-byte aligned
  const MappedFile& mapping() const { return file_; }
  void Verify() const;  // reads all; kCorrupt when the checksum does not hold

 private:
  MappedFile file_;
  int64_t rows_ = 0, dimensions_ = 0;
};

}  // namespace dpr
