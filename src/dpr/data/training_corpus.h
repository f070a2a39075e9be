// Passages by their ids, for training files that only name them: JSONL with `docid` (or `id`,
// `_id`), `text` and perhaps `title`, as Tevatron's corpora are. Mapped; 16 bytes a passage in
// memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "dpr/data/records.h"
#include "dpr/data/training_content.h"

namespace dpr {

// Immutable after opening and thread-safe.
class TrainingCorpus {
 public:
  // kInvalid, with the line, for a passage that is malformed or an id that is there twice.
  TrainingCorpus(const Path& file, Progress& progress);

  std::optional<TrainingPassage> Find(std::string_view id) const;
  const std::string& name() const { return content_.name(); }
  std::string content_hash() const;  // of the decompressed bytes

 private:
  struct Entry {
    uint64_t hash;  // of the id
    uint64_t begin;
  };
  TrainingPassage Read(uint64_t begin, const std::string& where) const;
  void RequireUniqueIds() const;

  TrainingContent content_;
  std::vector<Entry> entries_;  // sorted
};

}  // namespace dpr
