// ann.json: what an approximate index of a collection is of, how it was made and what it finds. It
// lies beside the index's file in a folder below ann/, which the manifest names; a finished folder
// never changes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/collection/manifest.h"
#include "dpr/collection/segment_file.h"
#include "dpr/vectors/ann_file.h"
#include "dpr/vectors/recall.h"

namespace dpr {

struct AnnRecord {
  std::vector<SegmentRecord> segments;  // whose rows it holds, in order
  AnnOptions options;
  RecallCurve recall;
  double seconds = 0;  // that it took, the last time that it grew
  SegmentFile file;

  int64_t rows() const;
  // Are its segments the collection's first ones? Otherwise its rows are others.
  bool IsOf(const Manifest& manifest) const;
  // Is `index`, which lies beside it, what it says, of a collection that compares so?
  bool Fits(const AnnIndex& index, const Manifest& manifest) const;
};

std::string AnnRecordText(const AnnRecord& record);
AnnRecord ParseAnnRecord(std::string_view text, const std::string& where);  // kCorrupt
AnnRecord ReadAnnRecord(const Path& folder);
void WriteAnnRecord(const Path& folder, const AnnRecord& record);

}  // namespace dpr
