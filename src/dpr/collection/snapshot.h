// What a Collection holds open: the manifest, its bitmap and its segments, all of one moment.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "dpr/collection/collection.h"
#include "dpr/collection/deleted_rows.h"
#include "dpr/collection/filter_expression.h"
#include "dpr/collection/manifest.h"
#include "dpr/collection/passage_store.h"
#include "dpr/vectors/ann_file.h"
#include "dpr/vectors/codes.h"
#include "dpr/vectors/recall.h"
#include "dpr/vectors/vector_file.h"

namespace dpr {

struct OpenSegment {
  int64_t first_row = 0;
  int64_t rows = 0;
  std::unique_ptr<const PassageStore> passages;
  std::optional<VectorFile> vectors;
  std::optional<CodeFile> codes;
  std::optional<File> lexical;
};

struct Collection::State {
  Path folder;
  Manifest manifest;  // without sources
  std::optional<DeletedFile> deleted_file;
  std::span<const uint64_t> deleted;  // into the file
  std::vector<OpenSegment> segments;
  std::unique_ptr<const AnnFile> ann;
  RecallCurve recall;        // of the index
  std::string ann_identity;  // its kind and checksum

  bool is_live(int64_t row) const { return !IsDeleted(deleted, row); }
  const OpenSegment& SegmentOf(int64_t row) const;
  RowFilter Filter(const FilterExpression& expression) const;
  // Opens what the manifest names; an Error when a file is missing or has another size.
  static std::unique_ptr<const State> Open(const Path& folder);

 private:
  void OpenDeleted();
  void OpenSegments();
  void OpenAnn();
};

}  // namespace dpr
