// One writer at work on a collection: the lock, the state that the manifest says, and the one way
// to change it. Taking the lock also clears away what a killed writer left and nobody can use.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/collection/deleted_rows.h"
#include "dpr/collection/layout.h"
#include "dpr/collection/manifest.h"
#include "dpr/collection/passage_store.h"

namespace dpr {

// A committed segment as writers need it.
struct SegmentIds {
  int64_t first_row = 0;
  int64_t rows = 0;
  std::unique_ptr<PassageStore> store;
};

enum class MissingCollection { kFail, kCreate };

// Not thread-safe. Holds the lock until destruction.
class WriterSession {
 public:
  // kBusy when another process writes; kExists when the folder holds something else. A new
  // collection is there with the first Commit; without one, destruction leaves nothing of it.
  WriterSession(const Path& folder, MissingCollection missing);
  ~WriterSession();
  WriterSession(const WriterSession&) = delete;
  WriterSession& operator=(const WriterSession&) = delete;

  const CollectionLayout& layout() const { return layout_; }
  const Manifest& manifest() const { return manifest_; }
  const DeletedRows& deleted() const { return deleted_; }
  std::vector<SegmentIds> OpenSegments(StoreUse use) const;
  SegmentIds OpenLastSegment(StoreUse use) const;

  // Makes `next` the collection, with these rows deleted: the moment is the manifest's rename.
  // generation and deleted of `next` are set here.
  void Commit(Manifest next, DeletedRows deleted);

  // Renames a closed segment to its place, for a commit of `next` that names it.
  SegmentRecord Adopt(const Path& closed, int64_t rows, Manifest& next) const;

 private:
  void CreateIfMissing(MissingCollection missing);
  void LoadState();
  void ClearLeftovers() const;
  void RescueClosedSegment() const;
  CollectionLayout layout_;
  bool folder_was_missing_ = false;
  std::optional<FileLock> lock_;
  Manifest manifest_;
  DeletedRows deleted_;
};

}  // namespace dpr
