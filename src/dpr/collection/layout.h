// Where everything of a collection is, below its folder. docs/formats/collection.md has the files.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "dpr/base/file.h"

namespace dpr {

inline constexpr const char* kManifestFile = "collection.json";
inline constexpr const char* kDeletedFile = "deleted";
inline constexpr const char* kSegmentFile = "segment.json";
inline constexpr const char* kPassagesFile = "passages.sqlite";
inline constexpr const char* kVectorsFile = "vectors.f32";
inline constexpr const char* kCodesFile = "vectors.i8";
inline constexpr const char* kLexicalFile = "lexical.glass";
inline constexpr const char* kAnnRecordFile = "ann.json";
// Vectors that a segment is given later, and how far they are.
inline constexpr const char* kGrowingVectorsFile = "vectors.f32.building";
inline constexpr const char* kGrowingVectorsRecord = "vectors.building.json";

// What to do about a damaged file of a collection.
inline constexpr const char* kRestoreHint =
    "Restore it from a copy, or index the sources again into a new folder";

// More segments than this are worth a word about compaction.
inline constexpr size_t kManySegments = 200;

class CollectionLayout {
 public:
  explicit CollectionLayout(Path folder) : folder_(std::move(folder)) {}

  const Path& folder() const { return folder_; }
  Path manifest() const { return folder_ / kManifestFile; }
  Path deleted() const { return folder_ / kDeletedFile; }
  Path lock() const { return folder_ / "lock"; }
  Path segments() const { return folder_ / "segments"; }
  Path segment(const std::string& name) const { return segments() / name; }
  // The segment that an index run is building, and the one that a compaction is; neither is part of
  // the collection before it is renamed below segments/ and the manifest names it.
  Path building() const { return folder_ / "building"; }
  Path compacting() const { return folder_ / "compacting"; }
  // Approximate indexes, one folder each, and the one in the making.
  Path anns() const { return folder_ / "ann"; }
  Path ann(const std::string& name) const { return anns() / name; }
  Path ann_building() const { return anns() / "building"; }
  // Copies of what cannot be read twice: standard input and pipes.
  Path spool() const { return folder_ / "spool"; }

 private:
  Path folder_;
};

// "000001" and so on.
inline std::string SegmentName(int64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits;
}

}  // namespace dpr
