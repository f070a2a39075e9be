// passages.sqlite of a committed segment: passages by row and by id, and the source of each.
// Rows count from 0 in each segment. The schema stands in docs/formats/collection.md.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/collection/filter_sql.h"
#include "dpr/collection/sqlite.h"
#include "dpr/data/records.h"

namespace dpr {

// A run of rows that one reading of one source gave; it reaches to the next one.
struct SourceSpan {
  int64_t first_row = 0;
  int64_t source = 0;         // SourceRecord::number
  std::string key;            // SourceRecord::key
  int64_t first_passage = 0;  // which passage of the source the first row is, from 1; 0: not known
};

struct RowOfId {
  std::string id;
  int64_t row = 0;
};

// What a store is opened for: passages are read through a mapping; ids alone are looked up through
// a small cache, so that many stores open at once take little memory.
enum class StoreUse { kPassages, kIds };

// Thread-safe: one connection behind a mutex, held for microseconds. Opening does no more than open
// the file, which may be removed while this object lives.
class PassageStore {
 public:
  // `rows`: how many the segment has; kCorrupt for an id in another row.
  PassageStore(const Path& path, int64_t rows, StoreUse use = StoreUse::kPassages);

  std::optional<int64_t> Find(std::string_view id) const;
  Passage Get(int64_t row) const;  // kCorrupt when there is no such row
  SourceSpan SourceOf(int64_t row) const;
  std::vector<SourceSpan> Sources() const;  // in row order
  // Rows from `begin` on, in order: at most `most`, and none after `bytes` of text.
  std::vector<Passage> GetFrom(int64_t begin, int64_t most, int64_t bytes) const;
  // Ids after `after` (from the first when it is nothing), in the order of their bytes.
  std::vector<RowOfId> IdsAfter(const std::optional<std::string>& after, int64_t most) const;
  // The rows for which the filter holds, ascending. Reads them all; others have their turn between.
  std::vector<int64_t> Matching(const FilterSql& filter) const;

 private:
  int64_t Checked(int64_t row) const;
  [[noreturn]] void FailRow(int64_t row) const;
  // The first use checks that nothing but tables is behind the names.
  void CheckSchema() const;
  Statement& Prepared(std::optional<Statement>& statement, std::string_view sql) const;
  mutable std::mutex mutex_;
  Database database_;
  int64_t rows_;
  mutable bool checked_ = false;
  mutable std::optional<Statement> find_, get_, get_from_, source_of_, first_ids_, ids_after_;
};

}  // namespace dpr
