// An inverted file on disk, mapped (inverted_index.h). Byte layout: docs/formats/ann.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/vectors/ann_file.h"
#include "dpr/vectors/inverted_builder.h"
#include "dpr/vectors/inverted_index.h"

namespace dpr {

// A finished file, mapped. Opening packs the centres for products with questions. Thread-safe.
class InvertedFile : public AnnFile {
 public:
  explicit InvertedFile(const Path& path);

  const InvertedIndex& index() const override { return *index_; }
  const std::string& checksum() const override { return checksum_; }
  // kCorrupt also when a row is at no place, or at two.
  void Verify() const override;
  std::string Describe() const override;

 private:
  const MappedFile file_;
  std::optional<InvertedIndex> index_;
  std::string checksum_;
};

// What a search keeps in memory of an inverted file over so many rows.
int64_t InvertedBytes(int64_t rows, int64_t dimensions, Similarity similarity,
                      const InvertedOptions& options);

// As BuildAnnFile, in memory that does not grow with the file but for 8 bytes a row. What grows
// from an older one keeps its centres until twice as many lists would suit.
bool BuildInvertedFile(const Path& path, const AnnSource& source, const InvertedOptions& options,
                       const std::atomic<bool>& stop, Progress& progress);

}  // namespace dpr
