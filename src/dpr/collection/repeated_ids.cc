#include "dpr/collection/repeated_ids.h"

#include <algorithm>
#include <queue>
#include <span>
#include <utility>

namespace dpr {

// Reads a sorted run of the file in pieces.
class RepeatedIds::Run {
 public:
  Run(const File& file, uint64_t begin, uint64_t end) : file_(file), next_(begin), end_(end) {
    Fill();
  }
  const Entry& front() const { return entries_[at_]; }
  // False at the end.
  bool Advance() { return ++at_ < entries_.size() || Fill(); }

 private:
  static constexpr uint64_t kEntriesAtOnce = 4096;

  bool Fill() {
    at_ = 0;
    entries_.resize(std::min(kEntriesAtOnce, end_ - next_));
    file_.ReadAt(next_ * sizeof(Entry), std::as_writable_bytes(std::span(entries_)));
    next_ += entries_.size();
    return !entries_.empty();
  }

  const File& file_;
  uint64_t next_, end_;
  std::vector<Entry> entries_;
  size_t at_ = 0;
};

RepeatedIds::RepeatedIds(Path spill, size_t most_in_memory)
    : spill_(std::move(spill)), most_(most_in_memory) {}

RepeatedIds::~RepeatedIds() {
  std::error_code ignored;
  if (file_) std::filesystem::remove(spill_, ignored);
}

void RepeatedIds::Add(std::string_view id) {
  if (entries_.size() == most_) Spill();
  entries_.push_back({HashNumbers(id), count_++});
}

void RepeatedIds::Spill() {
  if (!file_) {
    CreateFolder(spill_.parent_path());
    file_ = File::Create(spill_);
  }
  std::ranges::sort(entries_);
  runs_.push_back(count_ - entries_.size());
  file_->Write(std::as_bytes(std::span(entries_)));
  entries_.clear();
}

void RepeatedIds::Merge(const std::function<void(const Entry&)>& visit) {
  const File file = file_->OpenAgain();
  std::vector<Run> runs;
  for (size_t i = 0; i < runs_.size(); ++i) {
    runs.emplace_back(file, runs_[i], i + 1 < runs_.size() ? runs_[i + 1] : count_);
  }
  const auto later = [&](size_t a, size_t b) { return runs[a].front() > runs[b].front(); };
  std::priority_queue<size_t, std::vector<size_t>, decltype(later)> next(later);
  for (size_t i = 0; i < runs.size(); ++i) next.push(i);
  while (!next.empty()) {
    const size_t run = next.top();
    next.pop();
    visit(runs[run].front());
    if (runs[run].Advance()) next.push(run);
  }
}

void RepeatedIds::ForEach(const std::function<void(uint64_t first, uint64_t again)>& visit) {
  std::optional<Entry> first;
  const auto look_at = [&](const Entry& entry) {
    if (first && entry.id == first->id) {
      visit(first->ordinal, entry.ordinal);
    } else {
      first = entry;
    }
  };
  if (file_) {
    Spill();
    Merge(look_at);
  } else {
    std::ranges::sort(entries_);
    std::ranges::for_each(entries_, look_at);
  }
}

}  // namespace dpr
