#include "dpr/collection/writer_session.h"

#include <algorithm>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/collection/passage_writer.h"

namespace dpr {
namespace {

namespace fs = std::filesystem;

// Names that a writer which was killed before its first commit may have left.
bool IsOurs(const Path& entry) {
  const std::string name = entry.filename().string();
  return name == "lock" || name == "building" || name == "spool" ||
         name == std::string(kManifestFile) + ".tmp";
}

bool HoldsSomethingElse(const Path& folder) {
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder, code)) {
    if (!IsOurs(entry.path())) return true;
  }
  return false;
}

// What a killed run was adding to a segment that has it now.
void RemoveHalfAddedParts(const Path& segment, const Manifest& manifest) {
  if (manifest.encoder) {
    RemoveAll(segment / kGrowingVectorsFile);
    RemoveAll(segment / kGrowingVectorsRecord);
    RemoveAll(segment / (std::string(kCodesFile) + ".tmp"));
  }
  if (manifest.lexical) {
    RemoveAll(segment / (std::string(kLexicalFile) + ".building"));
    RemoveAll(segment / (std::string(kLexicalFile) + ".tmp"));
  }
}

// Did an index run make this segment, so that it knows what it had read?
bool HasProgress(const Path& segment) {
  try {
    Database database = Database::OpenImmutable(segment / kPassagesFile, 256, 0);
    Statement any = database.Prepare("SELECT 1 FROM progress LIMIT 1");
    return any.Step();
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

WriterSession::WriterSession(const Path& folder, MissingCollection missing) : layout_(folder) {
  CreateIfMissing(missing);
  lock_.emplace(layout_.lock(), "the collection " + folder.string());
  KillPoint("locked");
  LoadState();
  ClearLeftovers();
}

WriterSession::~WriterSession() {
  if (manifest_.generation > 0) return;
  std::error_code ignored;
  fs::remove_all(layout_.building(), ignored);
  fs::remove_all(layout_.spool(), ignored);
  fs::remove(layout_.lock(), ignored);
  if (folder_was_missing_) fs::remove(layout_.folder(), ignored);
}

void WriterSession::CreateIfMissing(MissingCollection missing) {
  std::error_code code;
  if (fs::exists(layout_.manifest(), code)) return;
  if (missing == MissingCollection::kFail) {
    ReadManifest(layout_.folder(), ManifestParts::kWithoutSources);  // says what is missing
  }
  folder_was_missing_ = !fs::exists(layout_.folder(), code);
  if (fs::is_directory(layout_.folder(), code) && HoldsSomethingElse(layout_.folder())) {
    throw Error(ErrorCode::kExists, "the folder is there, holds other files, and is no collection",
                layout_.folder().string(), "Name a folder that is new or empty");
  }
  CreateFolder(layout_.folder());
  SyncFolder(fs::absolute(layout_.folder()).lexically_normal().parent_path());
}

void WriterSession::LoadState() {
  std::error_code code;
  if (!fs::exists(layout_.manifest(), code)) return;
  manifest_ = ReadManifest(layout_.folder(), ManifestParts::kAll);
  if (!manifest_.deleted) return;
  const DeletedFile file(layout_.deleted());
  const auto words = file.Words(manifest_.deleted->generation);
  if (!words) {
    throw Error(ErrorCode::kCorrupt, "the file is not the one that the manifest names",
                layout_.deleted().string(), "Restore both from the same copy");
  }
  deleted_ = DeletedRows(*words);
}

void WriterSession::ClearLeftovers() const {
  RemoveAll(layout_.compacting());
  RemoveAll(layout_.spool());
  RescueClosedSegment();
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(layout_.segments(), code)) {
    const std::string name = entry.path().filename().string();
    const bool named = std::any_of(manifest_.segments.begin(), manifest_.segments.end(),
                                   [&](const SegmentRecord& s) { return s.name == name; });
    if (named) {
      RemoveHalfAddedParts(entry.path(), manifest_);
      continue;
    }
    RemoveAll(entry.path());
    KillPoint("leftover.removed");
  }
  for (const auto& entry : fs::directory_iterator(layout_.anns(), code)) {
    if (entry.path() == layout_.ann_building()) continue;  // dpr optimize goes on with it
    if (entry.path().filename() != manifest_.ann) RemoveAll(entry.path());
  }
  for (const Path& file : {layout_.manifest(), layout_.deleted()}) {
    RemoveAll(file.string() + ".tmp");
  }
  if (!manifest_.deleted) RemoveAll(layout_.deleted());
  KillPoint("leftovers.cleared");
}

// A kill between renaming a closed segment and the manifest: the segment goes back to where it was
// built, and the run that built it goes on from there.
void WriterSession::RescueClosedSegment() const {
  const Path closed = layout_.segment(SegmentName(manifest_.next_segment));
  std::error_code code;
  if (!fs::exists(closed, code) || fs::exists(layout_.building(), code)) return;
  if (!HasProgress(closed)) return;
  RenameDurably(closed, layout_.building());
  KillPoint("segment.rescued");
}

std::vector<SegmentIds> WriterSession::OpenSegments(StoreUse use) const {
  std::vector<SegmentIds> segments;
  int64_t first_row = 0;
  for (const SegmentRecord& record : manifest_.segments) {
    segments.push_back({first_row, record.rows,
                        std::make_unique<PassageStore>(layout_.segment(record.name) / kPassagesFile,
                                                       record.rows, use)});
    first_row += record.rows;
  }
  return segments;
}

SegmentIds WriterSession::OpenLastSegment(StoreUse use) const {
  const SegmentRecord& last = manifest_.segments.back();
  return {
      manifest_.rows() - last.rows, last.rows,
      std::make_unique<PassageStore>(layout_.segment(last.name) / kPassagesFile, last.rows, use)};
}

SegmentRecord WriterSession::Adopt(const Path& closed, int64_t rows, Manifest& next) const {
  const std::string name = SegmentName(next.next_segment++);
  CreateFolder(layout_.segments());
  SyncFolder(layout_.folder());
  RenameDurably(closed, layout_.segment(name));
  SyncFolder(layout_.folder());
  KillPoint("segment.renamed");
  return {name, rows};
}

void WriterSession::Commit(Manifest next, DeletedRows deleted) {
  next.generation = manifest_.generation + 1;
  const bool same = std::ranges::equal(deleted.words(), deleted_.words());
  if (deleted.count() == 0) {
    next.deleted.reset();
  } else if (same) {
    next.deleted = manifest_.deleted;
  } else {
    next.deleted = {next.generation, deleted.count()};
    std::vector<DeletedGeneration> bitmaps;
    if (manifest_.deleted) bitmaps.push_back({manifest_.deleted->generation, deleted_.words()});
    bitmaps.push_back({next.generation, deleted.words()});
    WriteDeletedFile(layout_.deleted(), bitmaps);
    KillPoint("deleted.written");
  }
  WriteManifest(layout_.folder(), next);
  manifest_ = std::move(next);
  deleted_ = std::move(deleted);
  if (!manifest_.deleted) RemoveAll(layout_.deleted());
  KillPoint("committed");
}

}  // namespace dpr
