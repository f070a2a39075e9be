// What an index command has to do: which of its sources the collection holds, which it has read in
// part, which are new, and which files have gone. A source is held when its key and the hash of its
// bytes are; time stamps are not trusted, since reading is cheap beside encoding.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dpr/base/progress.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/collection/layout.h"
#include "dpr/collection/manifest.h"
#include "dpr/data/passage_source.h"

namespace dpr {

struct PlannedSource {
  SourceFile file;      // its path is where the bytes are: for standard input, the spooled copy
  std::string shown;    // how messages name it
  SplitOptions split;   // of a document
  SourceRecord record;  // as the manifest has it, or new: complete means nothing is left to do
  uint64_t bytes = 0;
  std::filesystem::file_time_type time;
  // Which of its passages, from 0 in the order of the file, are passed over since their ids are
  // there already; ascending. Set by CheckPending.
  std::vector<int64_t> duplicates;

  // kMismatch when the file is not the one that was hashed.
  void CheckUnchanged() const;
};

struct SourcePlan {
  std::vector<PlannedSource> sources;
  std::set<std::string> gone;  // keys below a folder given whose files are no longer there
  int64_t unchanged = 0;       // sources that are held already

  std::unordered_map<std::string, size_t> by_key;  // into sources
  std::unordered_set<int64_t> numbers;             // of the sources' readings

  std::vector<const PlannedSource*> Pending() const;
};

// kUsage when passages would overlap by all their words.
void CheckSplit(const SplitOptions& split);

// How a document is split: as asked; what is not asked for is as it was, of this file, else of the
// latest document. Reads it once.
SplitOptions PlannedSplit(const Manifest& manifest, const SourceFile& document,
                          const IndexOptions& options, Progress& progress);

// Reads every source once to hash it; standard input and pipes are copied into the layout's spool.
// kExists when a document is held, split in another way than is asked for, and may not be replaced;
// kNotFound when nothing is left of what --sync follows and the collection holds nothing of it.
SourcePlan PlanSources(const CollectionLayout& layout, const Manifest& manifest,
                       const std::vector<SourceFile>& sources, const IndexOptions& options,
                       Progress& progress);

}  // namespace dpr
