// Which ids a long stream gives more than once, in bounded memory: a hash of each id with its
// ordinal, in sorted runs that go to a file beyond `most_in_memory` and are merged at the end.
//
// 128 bits of hash stand for the id, as they do for the content of a source (base/checksum.h). 24
// bytes an id: 21 million take 24 MB of memory and 500 MB of disk for a moment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "dpr/base/checksum.h"
#include "dpr/base/file.h"

namespace dpr {

// Not thread-safe.
class RepeatedIds {
 public:
  static constexpr size_t kMostInMemory = size_t{1} << 20;

  // `spill` need not exist, and is gone at the end.
  explicit RepeatedIds(Path spill, size_t most_in_memory = kMostInMemory);
  ~RepeatedIds();
  RepeatedIds(const RepeatedIds&) = delete;
  RepeatedIds& operator=(const RepeatedIds&) = delete;

  void Add(std::string_view id);  // ordinals count from 0
  // Each time that an id came again: the ordinals of its first and of this time; of one id in their
  // order, of several in any order. Nothing may be added afterwards.
  void ForEach(const std::function<void(uint64_t first, uint64_t again)>& visit);

 private:
  struct Entry {
    Hash128 id;
    uint64_t ordinal = 0;
    auto operator<=>(const Entry&) const = default;
  };
  class Run;
  void Spill();
  void Merge(const std::function<void(const Entry&)>& visit);

  const Path spill_;
  const size_t most_;
  uint64_t count_ = 0;
  std::vector<Entry> entries_;  // the run in the making
  std::optional<File> file_;
  std::vector<uint64_t> runs_;  // where each begins in the file, in entries
};

}  // namespace dpr
