#include "dpr/collection/index_writer.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"

namespace dpr {
namespace {

// The check before encoding did not meet this id where it is now.
[[noreturn]] void FailAppeared(const std::string& id, const std::string& where) {
  throw Error(ErrorCode::kMismatch,
              "the id \"" + id + "\" is there already, and was not when the sources were checked",
              where, "Give the command again when nothing writes to the files");
}

}  // namespace

IndexWriter::IndexWriter(WriterSession& session, const SourcePlan& plan,
                         const IndexOptions& options, Progress& progress)
    : session_(session),
      plan_(plan),
      options_(options),
      progress_(progress),
      parts_(PartsOf(session.layout().folder(), session.manifest())),
      older_(session, plan, options) {
  report_.unchanged_sources = plan.unchanged;
}

void IndexWriter::ReplaceOlder(const std::string& id, const std::string& where) {
  const auto held = older_.Find(id);
  if (!held) return;
  if (!older_.MayReplace(held->span)) FailAppeared(id, where);
  replaced_.push_back(held->row);
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
  for (const SourceStep& step : block.steps) CountPassedOver(step.after);
  const auto twice = builder_->Append(block.passages, encoded.vectors.view(), block.steps,
                                      {encoded.counts.tokens, encoded.counts.truncated});
  if (twice) FailAppeared(block.passages[*twice].id, block.where[*twice]);
  progress_.Advance(block.passages.size());
}

// Each pending source completes once.
void IndexWriter::CountPassedOver(const SourceRecord& source) {
  if (!source.complete) return;
  report_.bad_records += source.bad_records;
  report_.duplicates += source.duplicates;
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
    const bool dropped = last && older_.IsStale(record.number, record.key);
    if (!superseded && !dropped) sources.push_back(std::move(record));
  }
  for (const SourceRecord& record : read) {
    if (updates.contains(record.number)) sources.push_back(record);
  }
  next.sources = std::move(sources);
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
  if (last) report_.deleted = older_.DeleteStale(deleted);
  const size_t segments = session_.manifest().segments.size();
  const bool changed = read_any || deleted.count() != session_.deleted().count() ||
                       next.sources.size() != session_.manifest().sources.size();
  if (changed) session_.Commit(std::move(next), std::move(deleted));
  if (session_.manifest().segments.size() > segments) {
    older_.AddLastSegment();
  } else if (read_any) {
    RemoveAll(session_.layout().building());
  }
}

IndexReport IndexWriter::Finish() {
  CloseSegment(true);
  return report_;
}

}  // namespace dpr
