// DeletePassages: looks the ids up and commits a new bitmap.
#include "dpr/base/error.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/collection/writer_session.h"

namespace dpr {
namespace {

[[noreturn]] void FailUnknown(const std::vector<std::string>& ids, const Path& folder) {
  std::string what = "no passage has the id \"" + ids.front() + "\"";
  if (ids.size() > 1)
    what += ", nor have others the ids of " + std::to_string(ids.size() - 1) + " more";
  throw Error(ErrorCode::kNotFound, what, folder.string(),
              "Nothing was deleted: check the ids, or leave these out");
}

}  // namespace

int64_t DeletePassages(const Path& folder, std::span<const std::string> ids) {
  WriterSession session(folder, MissingCollection::kFail);
  const std::vector<SegmentIds> segments = session.OpenSegments(StoreUse::kIds);
  DeletedRows deleted = session.deleted();
  std::vector<std::string> unknown;
  int64_t count = 0;
  for (const std::string& id : ids) {
    bool known = false;
    // Of the rows that an id had over time at most one is live: all may be marked.
    for (const SegmentIds& segment : segments) {
      const auto row = segment.store->Find(id);
      if (!row) continue;
      known = true;
      count += deleted.Add(segment.first_row + *row) ? 1 : 0;
    }
    if (!known) unknown.push_back(id);
  }
  if (!unknown.empty()) FailUnknown(unknown, folder);
  if (count > 0) session.Commit(session.manifest(), std::move(deleted));
  return count;
}

}  // namespace dpr
