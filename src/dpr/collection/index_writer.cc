#include "dpr/collection/index_writer.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"

namespace dpr {

IndexWriter::IndexWriter(WriterSession& session, const SourcePlan& plan,
                         const IndexOptions& options, Progress& progress)
    : session_(session),
      plan_(plan),
      options_(options),
      progress_(progress),
      parts_(PartsOf(session.manifest())),
      older_(session.OpenSegments(StoreUse::kIds)) {
  report_.unchanged_sources = plan.unchanged;
}

bool IndexWriter::IsStale(int64_t source, const std::string& key) const {
  if (!options_.sync) return false;
  return plan_.gone.contains(key) ||
         (plan_.by_key.contains(key) && !plan_.numbers.contains(source));
}

bool IndexWriter::MayReplace(const SourceSpan& span) const {
  if (plan_.numbers.contains(span.source)) return false;  // the command itself gives the id twice
  return options_.replace || IsStale(span.source, span.key);
}

void IndexWriter::FailDuplicate(const std::string& id, const std::string& again, int64_t row,
                                const SourceSpan& first) const {
  std::string from = first.key;
  if (first.first_passage > 0) {
    from = "passage " + std::to_string(first.first_passage + row - first.first_row) + " of " + from;
  }
  if (plan_.numbers.contains(first.source)) {
    throw Error(ErrorCode::kExists, "the id \"" + id + "\" is given twice; first by " + from, again,
                options_.replace ? "To replace passages, give the newer source alone"
                                 : "Ids must be unique: rename one of the two, or leave it out");
  }
  const bool changed = plan_.by_key.contains(first.key);
  throw Error(ErrorCode::kExists,
              "the id \"" + id + "\" is in the collection already, from " + from +
                  (changed ? ", whose content was another then" : ""),
              again,
              changed ? "Give --sync to hold the file as it is now, or --replace to replace "
                        "passages by those with the same id"
                      : "Give --replace to replace passages by those with the same id");
}

void IndexWriter::ReplaceOlder(const std::string& id, const std::string& where) {
  for (const SegmentIds& segment : older_) {
    const auto row = segment.store->Find(id);
    if (!row || session_.deleted().Contains(segment.first_row + *row)) continue;
    const SourceSpan span = segment.store->SourceOf(*row);
    if (!MayReplace(span)) FailDuplicate(id, where, *row, span);
    replaced_.push_back(segment.first_row + *row);
    return;
  }
}

void IndexWriter::ReplaceOlder(const PassageBlock& block) {
  // In id order, so that neighbouring lookups meet the same pages.
  std::vector<size_t> order(block.passages.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {},
                    [&](size_t i) -> const std::string& { return block.passages[i].id; });
  for (const size_t i : order) ReplaceOlder(block.passages[i].id, block.where[i]);
}

void IndexWriter::Append(const EncodedBlock& encoded) {
  const PassageBlock& block = encoded.block;
  if (!block.passages.empty() && rows() >= options_.segment_passages) CloseSegment(false);
  if (!builder_) {
    builder_ = SegmentBuilder::Begin(session_.layout().building(), parts_);
    KillPoint("segment.begun");
  }
  if (!older_.empty()) ReplaceOlder(block);
  for (const SourceStep& step : block.steps) CountBadRecords(step.after);
  builder_->Append(block.passages, encoded.vectors.view(), block.steps,
                   {encoded.counts.tokens, encoded.counts.truncated},
                   [&](size_t i, int64_t row, const SourceSpan& first) {
                     FailDuplicate(block.passages[i].id, block.where[i], row, first);
                   });
  progress_.Advance(block.passages.size());
}

// Each pending source completes once.
void IndexWriter::CountBadRecords(const SourceRecord& source) {
  if (source.complete) report_.bad_records += source.bad_records;
}

void IndexWriter::Record(const std::vector<SourceRecord>& read, bool last, Manifest& next) {
  std::unordered_map<int64_t, const SourceRecord*> updates;
  std::unordered_set<std::string> read_keys;
  for (const SourceRecord& record : read) {
    updates[record.number] = &record;
    read_keys.insert(record.key);
    next.next_source = std::max(next.next_source, record.number + 1);
  }
  std::vector<SourceRecord> sources;
  for (SourceRecord& record : next.sources) {
    const auto update = updates.find(record.number);
    if (update != updates.end()) {
      sources.push_back(*update->second);
      updates.erase(update);
      continue;
    }
    // A newer reading takes the place of one whose passages it may replace.
    const bool superseded = (options_.replace || options_.sync) && read_keys.contains(record.key);
    const bool dropped = last && IsStale(record.number, record.key);
    if (!superseded && !dropped) sources.push_back(std::move(record));
  }
  for (const SourceRecord& record : read) {
    if (updates.contains(record.number)) sources.push_back(record);
  }
  next.sources = std::move(sources);
}

int64_t IndexWriter::DeleteStale(DeletedRows& deleted) const {
  int64_t count = 0;
  for (const SegmentIds& segment : older_) {
    const std::vector<SourceSpan> spans = segment.store->Sources();
    for (size_t i = 0; i < spans.size(); ++i) {
      if (!IsStale(spans[i].source, spans[i].key)) continue;
      const int64_t end = i + 1 < spans.size() ? spans[i + 1].first_row : segment.rows;
      for (int64_t row = spans[i].first_row; row < end; ++row) {
        count += deleted.Add(segment.first_row + row) ? 1 : 0;
      }
    }
  }
  return count;
}

void IndexWriter::CloseBuilder(Manifest& next, Progress& progress) {
  SegmentBuilder builder = std::move(*builder_);
  builder_.reset();
  if (builder.rows() == 0) return;
  const SegmentContent content = SegmentBuilder::Close(std::move(builder), progress);
  next.segments.push_back(session_.Adopt(session_.layout().building(), content.rows, next));
  report_.tokens += content.counts.tokens;
  report_.truncated += content.counts.truncated;
  report_.added += content.rows - static_cast<int64_t>(replaced_.size());
  report_.replaced += static_cast<int64_t>(replaced_.size());
}

void IndexWriter::CloseSegment(bool last) {
  Manifest next = session_.manifest();
  DeletedRows deleted = session_.deleted();
  const bool read_any = builder_.has_value();
  if (read_any) {
    Record(builder_->SourcesRead(), last, next);
    // While others are still read and encoded, the progress is theirs.
    NoProgress silent;
    CloseBuilder(next, last ? progress_ : silent);
  } else {
    Record({}, last, next);
  }
  for (const int64_t row : replaced_) deleted.Add(row);
  replaced_.clear();
  if (last) report_.deleted = DeleteStale(deleted);
  const size_t segments = session_.manifest().segments.size();
  const bool changed = read_any || deleted.count() != session_.deleted().count() ||
                       next.sources.size() != session_.manifest().sources.size();
  if (changed) session_.Commit(std::move(next), std::move(deleted));
  if (session_.manifest().segments.size() > segments) {
    older_.push_back(session_.OpenLastSegment(StoreUse::kIds));
  } else if (read_any) {
    RemoveAll(session_.layout().building());
  }
}

IndexReport IndexWriter::Finish() {
  CloseSegment(true);
  return report_;
}

}  // namespace dpr
