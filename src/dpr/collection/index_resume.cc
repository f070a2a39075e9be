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

// How many of the sources that were read begin what is pending in the same way.
size_t IndexWriter::CountSame(const std::vector<SourceRecord>& read) const {
  const std::vector<const PlannedSource*> pending = plan_.Pending();
  size_t same = 0;
  while (same < std::min(read.size(), pending.size()) &&
         IsSameReading(read[same], pending[same]->record)) {
    ++same;
  }
  return same;
}

// Would the source give other passages now, or none?
bool IndexWriter::IsOutdated(const SourceRecord& read) const {
  const auto given = plan_.by_key.find(read.key);
  std::error_code code;
  if (given == plan_.by_key.end()) return !fs::exists(read.key, code);
  const SourceRecord& now = plan_.sources[given->second].record;
  return now.content != read.content || now.options != read.options;
}

void IndexWriter::KeepSame(const std::vector<SourceRecord>& read, size_t same) {
  const auto others = std::span(read).subspan(same);
  if (others.empty()) return;
  const Path building = session_.layout().building();
  const std::string sources =
      others.front().key +
      (others.size() > 1 ? " and " + std::to_string(others.size() - 1) + " more sources" : "");
  const bool outdated =
      std::ranges::any_of(others, [&](const SourceRecord& record) { return IsOutdated(record); });
  if (same == 0 && !outdated) {
    throw Error(ErrorCode::kMismatch,
                "the collection holds " + std::to_string(rows()) +
                    " passages of an interrupted run over " + sources,
                building.string(),
                "Give that run's command again to finish it; or remove this folder to drop them");
  }
  const int64_t before = rows();
  builder_->KeepSources(same);
  progress_.Note("dropped " + std::to_string(before - rows()) +
                 " passages of an interrupted run over " + sources +
                 ", which this command would not read as they were");
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
    builder_ = SegmentBuilder::Resume(building, parts_);
  } catch (const Error& error) {
    // Not found: a run without an encoder left no vectors.
    if (error.code() != ErrorCode::kCorrupt && error.code() != ErrorCode::kMismatch &&
        error.code() != ErrorCode::kNotFound) {
      throw;
    }
    progress_.Note(std::string("dropped what an interrupted run left: ") + error.what());
    RemoveAll(building);
    return {};
  }
  std::vector<SourceRecord> read = builder_->SourcesRead();
  const size_t same = CountSame(read);
  KeepSame(read, same);
  read.resize(same);
  ReplaceOlderThanResumed();
  for (const SourceRecord& source : read) CountPassedOver(source);
  if (rows() > 0) {
    progress_.Note("goes on behind " + std::to_string(rows()) +
                   " passages of the run that was interrupted");
  }
  KillPoint("resumed");
  return read;
}

}  // namespace dpr
