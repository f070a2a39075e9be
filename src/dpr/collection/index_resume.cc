// Going on with a segment that a killed index run left half built: docs/design/resume.md.
#include <algorithm>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/collection/index_writer.h"

namespace dpr {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kIdsAtATime = 4096;

bool IsSameReading(const SourceRecord& read, const SourceRecord& planned) {
  return read.number == planned.number && read.key == planned.key &&
         read.content == planned.content && read.options == planned.options &&
         read.passages >= planned.passages;
}

}  // namespace

// What was read is the beginning of what is pending.
bool IndexWriter::CanGoOn(const std::vector<SourceRecord>& read) const {
  const std::vector<const PlannedSource*> pending = plan_.Pending();
  if (read.size() > pending.size()) return false;
  for (size_t i = 0; i < read.size(); ++i) {
    if (!IsSameReading(read[i], pending[i]->record)) return false;
    if (!read[i].complete && i + 1 < read.size()) return false;
  }
  return true;
}

void IndexWriter::DropOrRefuse(const std::vector<SourceRecord>& read) {
  const Path building = session_.layout().building();
  const bool outdated = std::ranges::any_of(read, [&](const SourceRecord& record) {
    const auto given = plan_.by_key.find(record.key);
    std::error_code code;
    if (given == plan_.by_key.end()) return !fs::exists(record.key, code);
    const SourceRecord& now = plan_.sources[given->second].record;
    return now.content != record.content || now.options != record.options;
  });
  const std::string what = std::to_string(rows()) + " passages of an interrupted run over " +
                           (read.empty() ? "nothing" : read.front().key) +
                           (read.size() > 1 ? " and other sources" : "");
  if (!outdated) {
    throw Error(ErrorCode::kMismatch, "the collection holds " + what, building.string(),
                "Give that run's command again to finish it; or remove this folder to drop them");
  }
  progress_.Note("dropped " + what + ", which are not what these sources hold now");
  builder_.reset();
  RemoveAll(building);
}

// The rows that the half-built segment replaces; they may have moved since.
void IndexWriter::ReplaceOlderThanResumed() {
  if (older_.empty()) return;
  const Path building = session_.layout().building();
  const PassageStore store(building / kPassagesFile, rows(), StoreUse::kIds);
  std::optional<std::string> after;
  while (true) {
    const std::vector<RowOfId> ids = store.IdsAfter(after, kIdsAtATime);
    if (ids.empty()) return;
    for (const RowOfId& id : ids) ReplaceOlder(id.id, store.SourceOf(id.row).key);
    after = ids.back().id;
  }
}

std::vector<SourceRecord> IndexWriter::Resume() {
  const Path building = session_.layout().building();
  std::error_code code;
  if (plan_.Pending().empty() || !fs::exists(building, code)) return {};
  try {
    builder_ = SegmentBuilder::Resume(building, dimensions_);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorrupt && error.code() != ErrorCode::kMismatch) throw;
    progress_.Note(std::string("dropped what an interrupted run left: ") + error.what());
    RemoveAll(building);
    return {};
  }
  std::vector<SourceRecord> read = builder_->Progress();
  if (!CanGoOn(read)) {
    DropOrRefuse(read);
    return {};
  }
  ReplaceOlderThanResumed();
  for (const SourceRecord& source : read) CountBadRecords(source);
  if (rows() > 0) {
    progress_.Note("goes on behind " + std::to_string(rows()) +
                   " passages of the run that was interrupted");
  }
  KillPoint("resumed");
  return read;
}

}  // namespace dpr
