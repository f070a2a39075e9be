// A file of row-aligned f32 vectors, mapped for reading. Byte layout: docs/formats/vectors.md.
#pragma once

#include <cstdint>
#include <string>

#include "dpr/base/checksum.h"
#include "dpr/base/file.h"
#include "dpr/tensor/matrix.h"

namespace dpr {

// Appends rows to a new file; the header gets its row count and checksum at Finish(). A kill leaves
// an unfinished file, which Resume continues, or a finished one; either way the bytes in the end
// are those of an undisturbed run. Not thread-safe. After an exception Append may be tried again.
class VectorFileWriter {
 public:
  static VectorFileWriter Create(const Path& path, int64_t dimensions);
  // Keeps the first `rows` rows, whatever else the file holds, finished or not; reads them once.
  // kCorrupt when it does not hold that many, kMismatch when its dimensions are others. With 0 rows
  // the file is begun anew and may be missing.
  static VectorFileWriter Resume(const Path& path, int64_t dimensions, int64_t rows);

  void Append(ConstFloatView rows);  // [n, dimensions]
  void Sync();                       // what was appended survives a power cut
  void Finish();                     // header, checksum, fsync; nothing may follow
  int64_t rows() const { return rows_; }

 private:
  VectorFileWriter(File file, int64_t dimensions, int64_t rows);
  uint64_t end() const;  // of the rows, in bytes from the beginning of the file
  void HashKeptRows();
  File file_;
  int64_t dimensions_;
  int64_t rows_;
  Hasher hasher_;  // of the rows so far
  bool finished_ = false;
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
  const std::string& checksum() const { return checksum_; }  // as the header says
  // Reads all, in little resident memory; kCorrupt when the checksum does not hold.
  void Verify() const;

 private:
  MappedFile file_;
  int64_t rows_ = 0, dimensions_ = 0;
  std::string checksum_;
};

}  // namespace dpr
