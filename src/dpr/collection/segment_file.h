// segment.json: the files of a committed segment, each with its size and checksum. A file that
// joins a segment later comes with a new segment.json; those that it names never change.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/collection/passage_writer.h"

namespace dpr {

struct SegmentFile {
  std::string name;  // in the segment's folder
  int64_t bytes = 0;
  std::string checksum;  // of the whole file
};

struct SegmentContent {
  int64_t rows = 0;
  int64_t dimensions = 0;  // 0: no vectors
  SegmentCounts counts;
  std::vector<SegmentFile> files;
  std::string encoder;  // fingerprint of the one that made the vectors

  const SegmentFile* Find(std::string_view name) const;  // null when it has none
};

// Size and checksum of a file as it is now. Reads all of it.
SegmentFile MeasureFile(const Path& folder, const std::string& name);
// Reads all of a file; kCorrupt, naming it, unless it is as it was measured. Advances by bytes.
void CheckFile(const Path& folder, const SegmentFile& expected, Progress& progress);

std::string SegmentText(const SegmentContent& content);
SegmentContent ParseSegment(std::string_view text, const std::string& where);
SegmentContent ReadSegment(const Path& folder);
void WriteSegment(const Path& folder, const SegmentContent& content);

}  // namespace dpr
