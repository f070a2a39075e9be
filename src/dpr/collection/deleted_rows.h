// Which rows are deleted: a bitmap over all rows of a collection, and the file `deleted` that keeps
// it.
//
// The file holds the bitmaps of up to two generations of the manifest: the one in force and the one
// that is about to be. So a change writes this file, then the manifest, and whichever manifest a
// reader sees, or a kill leaves, its own bitmap is there. Deleting and adding thus happen at the
// one moment when the manifest is renamed. Byte layout: docs/formats/collection.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/rows.h"

namespace dpr {

// A bitmap in memory, for writers.
class DeletedRows {
 public:
  DeletedRows() = default;
  explicit DeletedRows(std::span<const uint64_t> words);

  bool Add(int64_t row);  // false when it was deleted already
  bool Contains(int64_t row) const { return IsDeleted(words_, row); }
  int64_t count() const { return count_; }
  int64_t CountWithin(int64_t begin, int64_t end) const;
  // The bitmap after rows [begin, end) gave way to `rows` live ones.
  DeletedRows Replace(int64_t begin, int64_t end, int64_t rows) const;
  std::span<const uint64_t> words() const { return words_; }

 private:
  std::vector<uint64_t> words_;
  int64_t count_ = 0;
};

// The file, mapped and checked.
class DeletedFile {
 public:
  // kCorrupt, kUnsupported. A missing file is kNotFound.
  explicit DeletedFile(const Path& path);

  // The bitmap of a generation, valid while this object lives; nothing when the file has moved on.
  std::optional<std::span<const uint64_t>> Words(int64_t generation) const;
  const std::vector<int64_t>& generations() const { return generations_; }

 private:
  MappedFile file_;
  std::vector<int64_t> generations_;
  std::vector<std::span<const uint64_t>> bitmaps_;
};

struct DeletedGeneration {
  int64_t generation = 0;
  std::span<const uint64_t> words;
};
// One or two bitmaps.
void WriteDeletedFile(const Path& path, std::span<const DeletedGeneration> bitmaps);

}  // namespace dpr
