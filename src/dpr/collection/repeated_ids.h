// Which ids a long stream gives more than once, in bounded memory (hash_runs.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "dpr/base/file.h"
#include "dpr/collection/hash_runs.h"

namespace dpr {

// Not thread-safe.
class RepeatedIds {
 public:
  // Of `spill`, which need not exist, nothing is left.
  explicit RepeatedIds(Path spill, size_t most_in_memory = HashRuns::kMostInMemory)
      : ids_(std::move(spill), most_in_memory) {}

  void Add(std::string_view id) { ids_.Add(id, ids_.count()); }  // ordinals count from 0
  // Each time that an id came again: the ordinals of its first and of this time; of one id in their
  // order, of several in any order. Nothing may be added afterwards.
  void ForEach(const std::function<void(uint64_t first, uint64_t again)>& visit);

 private:
  HashRuns ids_;
};

}  // namespace dpr
