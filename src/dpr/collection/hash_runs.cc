#include "dpr/collection/hash_runs.h"

#include <algorithm>
#include <queue>
#include <span>
#include <utility>

namespace dpr {

// Reads a sorted run of the file in pieces.
class HashRuns::Run {
 public:
  Run(const File& file, uint64_t begin, uint64_t end) : file_(file), next_(begin), end_(end) {
    Fill();
  }
  const HashedId& front() const { return entries_[at_]; }
  // False at the end.
  bool Advance() { return ++at_ < entries_.size() || Fill(); }

 private:
  static constexpr uint64_t kEntriesAtOnce = 4096;

  bool Fill() {
    at_ = 0;
    entries_.resize(std::min(kEntriesAtOnce, end_ - next_));
    file_.ReadAt(next_ * sizeof(HashedId), std::as_writable_bytes(std::span(entries_)));
    next_ += entries_.size();
    return !entries_.empty();
  }

  const File& file_;
  uint64_t next_, end_;
  std::vector<HashedId> entries_;
  size_t at_ = 0;
};

File CreateNameless(const Path& path) {
  CreateFolder(path.parent_path());
  File::Create(path);  // as for any file of ours: errors name it
  File file = File::OpenForUpdating(path);
  std::filesystem::remove(path);
  return file;
}

HashRuns::HashRuns(Path spill, size_t most_in_memory)
    : spill_(std::move(spill)), most_(most_in_memory) {}

void HashRuns::Add(std::string_view id, uint64_t number) {
  if (entries_.size() == most_) Spill();
  entries_.push_back({HashNumbers(id), number});
  ++count_;
}

void HashRuns::Spill() {
  if (!file_) file_ = CreateNameless(spill_);
  std::ranges::sort(entries_);
  runs_.push_back(count_ - entries_.size());
  file_->Write(std::as_bytes(std::span(entries_)));
  entries_.clear();
}

void HashRuns::Merge(const std::function<void(const HashedId&)>& visit) {
  std::vector<Run> runs;
  for (size_t i = 0; i < runs_.size(); ++i) {
    runs.emplace_back(*file_, runs_[i], i + 1 < runs_.size() ? runs_[i + 1] : count_);
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

void HashRuns::ForEach(const std::function<void(const HashedId&)>& visit) {
  if (file_) {
    Spill();
    Merge(visit);
  } else {
    std::ranges::sort(entries_);
    std::ranges::for_each(entries_, visit);
  }
}

}  // namespace dpr
