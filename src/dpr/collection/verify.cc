// Collection::Verify: reads every byte that the manifest leads to, and says which file is damaged.
#include <algorithm>

#include "dpr/base/error.h"
#include "dpr/collection/ann_record.h"
#include "dpr/collection/collection.h"
#include "dpr/collection/deleted_rows.h"
#include "dpr/collection/layout.h"
#include "dpr/collection/manifest.h"
#include "dpr/collection/segment_file.h"

namespace dpr {
namespace {

namespace fs = std::filesystem;

// Collects one sentence for each file that is not as it was written.
class Verifier {
 public:
  Verifier(const Path& folder, Progress& progress) : layout_(folder), progress_(progress) {}

  std::vector<std::string> Run() {
    const std::vector<std::string> names = CheckManifest();
    for (const std::string& name : names) ReadContent(layout_.segment(name));
    uint64_t bytes = 0;
    for (const auto& [segment, file] : files_) bytes += static_cast<uint64_t>(file.bytes);
    progress_.Stage("verifying", bytes, "bytes");
    for (const auto& [segment, file] : files_) {
      Try([&, &folder = segment, &expected = file] { CheckFile(folder, expected, progress_); });
    }
    return std::move(problems_);
  }

 private:
  template <typename Check>
  void Try(Check check) {
    try {
      check();
    } catch (const Error& error) {
      problems_.push_back(error.where() + ": " + error.problem());
    }
  }

  // The segments that the manifest names; those that are there when it is damaged.
  std::vector<std::string> CheckManifest() {
    std::vector<std::string> names;
    Manifest manifest;
    Try([&] {
      FileSize(layout_.manifest());  // when it is missing, names it
      manifest = ReadManifest(layout_.folder(), ManifestParts::kAll);
      for (const SegmentRecord& segment : manifest.segments) names.push_back(segment.name);
      rows_ = manifest.segments;
    });
    if (!manifest.ann.empty()) {
      const Path folder = layout_.ann(manifest.ann);
      Try([&] { files_.emplace_back(folder, ReadAnnRecord(folder).file); });
    }
    if (problems_.empty()) {
      if (manifest.deleted) Try([&] { CheckDeleted(*manifest.deleted); });
      return names;
    }
    std::error_code code;
    for (const auto& entry : fs::directory_iterator(layout_.segments(), code)) {
      names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    if (fs::exists(layout_.deleted(), code)) Try([&] { DeletedFile file(layout_.deleted()); });
    return names;
  }

  void CheckDeleted(const DeletedRecord& record) {
    const DeletedFile file(layout_.deleted());
    const auto words = file.Words(record.generation);
    if (words && DeletedRows(*words).count() == record.rows) return;
    throw Error(ErrorCode::kCorrupt, "the file is not the one that the manifest names",
                layout_.deleted().string());
  }

  void ReadContent(const Path& segment) {
    Try([&] {
      const SegmentContent content = ReadSegment(segment);
      for (const SegmentRecord& record : rows_) {
        if (layout_.segment(record.name) != segment || record.rows == content.rows) continue;
        throw Error(ErrorCode::kCorrupt, "the file has other rows than the manifest says",
                    (segment / kSegmentFile).string());
      }
      for (const SegmentFile& file : content.files) files_.emplace_back(segment, file);
    });
  }

  CollectionLayout layout_;
  Progress& progress_;
  std::vector<SegmentRecord> rows_;
  std::vector<std::pair<Path, SegmentFile>> files_;  // each with its segment's folder
  std::vector<std::string> problems_;
};

// 0 when it cannot be read.
int64_t GenerationOf(const Path& folder) {
  try {
    return ReadManifest(folder, ManifestParts::kWithoutSources).generation;
  } catch (const Error&) {
    return 0;
  }
}

}  // namespace

std::vector<std::string> Collection::Verify(const Path& folder, Progress& progress) {
  std::error_code code;
  const CollectionLayout layout(folder);
  if (!fs::exists(layout.manifest(), code) && !fs::exists(layout.segments(), code)) {
    ReadManifest(folder, ManifestParts::kWithoutSources);  // throws: there is no collection
  }
  while (true) {
    const int64_t generation = GenerationOf(folder);
    std::vector<std::string> problems = Verifier(folder, progress).Run();
    // A writer may have removed files that the manifest of our beginning named.
    if (problems.empty() || GenerationOf(folder) == generation) return problems;
  }
}

}  // namespace dpr
