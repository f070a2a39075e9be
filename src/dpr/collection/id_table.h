// Numbers by id, for tables larger than memory: sorted by the ids' hashes, in memory while it is
// small, else in a mapped file without a name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/collection/hash_runs.h"

namespace dpr {

// Thread-safe to read.
class IdTable {
 public:
  IdTable() = default;
  // All that was added to `ids`. The file, where there is one, is made at `file` and loses its
  // name.
  IdTable(HashRuns& ids, const Path& file, size_t most_in_memory = HashRuns::kMostInMemory);
  IdTable(IdTable&&) noexcept = default;
  IdTable& operator=(IdTable&&) noexcept = default;

  size_t size() const { return entries_.size(); }
  // Where the id stands in the table, below size(); of an id that was added twice, the first.
  std::optional<size_t> Find(std::string_view id) const;
  uint64_t number(size_t place) const { return entries_[place].number; }
  // The numbers of two entries with one id; nothing when there are none.
  const std::optional<std::pair<uint64_t, uint64_t>>& repeated() const { return repeated_; }

 private:
  std::vector<HashedId> memory_;
  MappedFile file_;
  std::span<const HashedId> entries_;  // in memory_ or in file_
  std::optional<std::pair<uint64_t, uint64_t>> repeated_;
};

}  // namespace dpr
