#include "dpr/collection/id_table.h"

#include <algorithm>

#include "dpr/base/error.h"

namespace dpr {
namespace {

constexpr size_t kWrittenAtOnce = 4096;

// Appends entries to a file in pieces.
class EntryWriter {
 public:
  explicit EntryWriter(File& file) : file_(file) {}
  void Add(const HashedId& entry) {
    entries_.push_back(entry);
    if (entries_.size() == kWrittenAtOnce) Flush();
  }
  void Flush() {
    file_.Write(std::as_bytes(std::span(entries_)));
    entries_.clear();
  }

 private:
  File& file_;
  std::vector<HashedId> entries_;
};

}  // namespace

IdTable::IdTable(HashRuns& ids, const Path& file, size_t most_in_memory) {
  std::optional<HashedId> before;
  const auto look_at = [&](const HashedId& entry) {
    if (before && before->id == entry.id && !repeated_) repeated_ = {before->number, entry.number};
    before = entry;
  };
  if (ids.count() <= most_in_memory) {
    memory_.reserve(ids.count());
    ids.ForEach([&](const HashedId& entry) {
      look_at(entry);
      memory_.push_back(entry);
    });
    entries_ = memory_;
    return;
  }
  File sorted = CreateNameless(file);
  EntryWriter writer(sorted);
  ids.ForEach([&](const HashedId& entry) {
    look_at(entry);
    writer.Add(entry);
  });
  writer.Flush();
  file_ = MappedFile(sorted);
  entries_ = {reinterpret_cast<const HashedId*>(file_.bytes().data()), ids.count()};
}

std::optional<size_t> IdTable::Find(std::string_view id) const {
  const Hash128 hash = HashNumbers(id);
  const auto found = std::ranges::lower_bound(entries_, hash, {}, &HashedId::id);
  if (found == entries_.end() || found->id != hash) return std::nullopt;
  return static_cast<size_t>(found - entries_.begin());
}

}  // namespace dpr
