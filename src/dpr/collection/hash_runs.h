// A long stream of ids, each with a number, put into the order of the ids' hashes in bounded
// memory: sorted runs that go to a file beyond `most_in_memory` and are merged at the end.
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

struct HashedId {
  Hash128 id;
  uint64_t number = 0;
  auto operator<=>(const HashedId&) const = default;
};

// Not thread-safe.
class HashRuns {
 public:
  static constexpr size_t kMostInMemory = size_t{1} << 20;

  // `spill` need not exist. It loses its name as soon as it is made, so that not even a kill leaves
  // it behind.
  explicit HashRuns(Path spill, size_t most_in_memory = kMostInMemory);
  HashRuns(const HashRuns&) = delete;
  HashRuns& operator=(const HashRuns&) = delete;

  void Add(std::string_view id, uint64_t number);
  uint64_t count() const { return count_; }
  // All of them, by hash and then by number. Nothing may be added afterwards.
  void ForEach(const std::function<void(const HashedId&)>& visit);

 private:
  class Run;
  void Spill();
  void Merge(const std::function<void(const HashedId&)>& visit);

  const Path spill_;
  const size_t most_;
  uint64_t count_ = 0;
  std::vector<HashedId> entries_;  // the run in the making
  std::optional<File> file_;
  std::vector<uint64_t> runs_;  // where each begins in the file, in entries
};

// A new file at `path` that has lost its name already: gone when it is closed.
File CreateNameless(const Path& path);

}  // namespace dpr
