#include "dpr/collection/block_reader.h"

#include <unordered_map>

namespace dpr {

BlockReader::BlockReader(const SourcePlan& plan, const IndexOptions& options,
                         const std::vector<SourceRecord>& read, int64_t rows)
    : options_(options), room_(options.segment_passages - rows) {
  if (room_ <= 0) room_ = options.segment_passages;
  std::unordered_map<int64_t, const SourceRecord*> progress;
  for (const SourceRecord& record : read) progress[record.number] = &record;
  for (const PlannedSource* source : plan.Pending()) {
    const auto found = progress.find(source->record.number);
    const SourceRecord& record = found != progress.end() ? *found->second : source->record;
    if (!record.complete) items_.push_back({source, record});
  }
}

bool BlockReader::OpenNext() {
  if (next_ == items_.size()) return false;
  const Item& item = items_[next_++];
  reader_ = std::make_unique<PlannedReader>(*item.source, options_, options_.skipped);
  reader_->GoBehind(item.record);
  return true;
}

bool BlockReader::IsFull(const PassageBlock& block) const {
  return room_ == 0 || static_cast<int64_t>(block.passages.size()) >= options_.block_passages ||
         bytes_ >= kBlockBytes;
}

bool BlockReader::Fill(PassageBlock& block) {
  Passage passage;
  while (!IsFull(block)) {
    if (!reader_->Next(passage)) return true;
    bytes_ += passage.title.size() + passage.text.size() + passage.metadata.size();
    block.where.push_back(reader_->where());
    block.passages.push_back(std::move(passage));
    --room_;
  }
  return false;
}

bool BlockReader::Next(PassageBlock& block) {
  block = {};
  bytes_ = 0;
  while (!IsFull(block)) {
    if (reader_ == nullptr && !OpenNext()) break;
    Item& item = items_[next_ - 1];
    const auto begin = static_cast<int64_t>(block.passages.size());
    const bool ended = Fill(block);
    const auto end = static_cast<int64_t>(block.passages.size());
    item.record.passages += end - begin;
    item.record.bad_records = reader_->bad_records();
    item.record.duplicates = reader_->duplicates();
    if (ended) {
      item.source->CheckUnchanged();
      item.record.complete = true;
      reader_.reset();
    }
    if (ended || end > begin) block.steps.push_back({begin, end, item.record});
  }
  if (room_ == 0) room_ = options_.segment_passages;
  return !block.steps.empty();
}

}  // namespace dpr
