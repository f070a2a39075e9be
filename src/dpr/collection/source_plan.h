// What an index command has to do: which of its sources the collection holds, which it has read in
// part, which are new, and which files have gone. A source is held when its key and the hash of its
// bytes are; time stamps are not trusted, since reading is cheap beside encoding.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
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
  SourceFile file;       // its path is where the bytes are: for standard input, the spooled copy
  std::string shown;     // how messages name it
  SourceRecord record;   // as the manifest has it, or new: complete means nothing is left to do
  bool changed = false;  // the collection holds other content under this key
  uint64_t bytes = 0;
  std::filesystem::file_time_type time;

  // kMismatch when the file is not the one that was hashed.
  void CheckUnchanged() const;
};

struct SourcePlan {
  std::vector<PlannedSource> sources;
  std::set<std::string> gone;  // keys of a folder given whose files are no longer there
  int64_t unchanged = 0;       // sources that are held already

  std::unordered_map<std::string, size_t> by_key;  // into sources
  std::unordered_set<int64_t> numbers;             // of the sources' readings

  std::vector<const PlannedSource*> Pending() const;
};

// Reads every source once to hash it; standard input and pipes are copied into the layout's spool.
SourcePlan PlanSources(const CollectionLayout& layout, const Manifest& manifest,
                       const std::vector<SourceFile>& sources, const IndexOptions& options,
                       Progress& progress);

// Opens a planned source; errors name it as the user did.
class PlannedReader {
 public:
  PlannedReader(const PlannedSource& source, const SourceOptions& options);
  bool Next(Passage& passage);
  std::string where() const;
  int64_t bad_records() const { return reader_->bad_records(); }

 private:
  [[noreturn]] void Rethrow(const Error& error) const;
  std::string Shown(const std::string& where) const;
  const PlannedSource& source_;
  std::unique_ptr<PassageReader> reader_;
};

// Reads what is pending to its end: a malformed record is found before hours of encoding, and
// progress knows its total. The count of passages that are left to index.
int64_t CountPending(const SourcePlan& plan, const SourceOptions& options, Progress& progress);

}  // namespace dpr
