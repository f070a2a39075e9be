#include "dpr/collection/passage_store.h"

#include <algorithm>

#include "dpr/base/error.h"
#include "dpr/collection/layout.h"

namespace dpr {
namespace {

constexpr int64_t kMapBytes = int64_t{1} << 30;
constexpr int64_t kCacheKib = 2000;
constexpr int64_t kIdsCacheKib = 256;
// What a filter reads before others have their turn: some milliseconds.
constexpr int64_t kFilteredRows = 4096;

Passage PassageFrom(const Statement& statement) {
  return {std::string(statement.Text(0)), std::string(statement.Text(1)),
          std::string(statement.Text(2)), std::string(statement.Text(3))};
}

int64_t TextBytes(const Passage& passage) {
  return static_cast<int64_t>(passage.id.size() + passage.title.size() + passage.text.size() +
                              passage.metadata.size());
}

SourceSpan SpanFrom(const Statement& statement) {
  return {statement.Number(0), statement.Number(1), std::string(statement.Text(2)),
          statement.Number(3)};
}

}  // namespace

PassageStore::PassageStore(const Path& path, int64_t rows, StoreUse use)
    : database_(use == StoreUse::kPassages ? Database::OpenImmutable(path, kCacheKib, kMapBytes)
                                           : Database::OpenImmutable(path, kIdsCacheKib, 0)),
      rows_(rows) {}

void PassageStore::FailRow(int64_t row) const {
  throw Error(ErrorCode::kCorrupt,
              "the database is damaged: row " + std::to_string(row) + " of " +
                  std::to_string(rows_) + " is missing, or one too many",
              database_.path().string(), kRestoreHint);
}

int64_t PassageStore::Checked(int64_t row) const {
  if (row < 0 || row >= rows_) FailRow(row);
  return row;
}

void PassageStore::CheckSchema() const {
  if (checked_) return;
  Statement others =
      database_.Prepare("SELECT 1 FROM sqlite_schema WHERE type NOT IN ('table', 'index') LIMIT 1");
  if (others.Step()) {
    throw Error(ErrorCode::kCorrupt, "the database is damaged: it holds more than tables",
                database_.path().string(), kRestoreHint);
  }
  checked_ = true;
}

Statement& PassageStore::Prepared(std::optional<Statement>& statement, std::string_view sql) const {
  CheckSchema();
  if (!statement) statement = database_.Prepare(sql);
  return *statement;
}

std::optional<int64_t> PassageStore::Find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  Statement& find = Prepared(find_, "SELECT row FROM passages WHERE id = ?");
  const ResetGuard guard(find);
  if (!find.Bind(1, id).Step()) return std::nullopt;
  return Checked(find.Number(0));
}

Passage PassageStore::Get(int64_t row) const {
  const std::lock_guard lock(mutex_);
  Statement& get = Prepared(get_, "SELECT id, title, text, metadata FROM passages WHERE row = ?");
  const ResetGuard guard(get);
  if (get.Bind(1, row).Step()) return PassageFrom(get);
  FailRow(row);
}

SourceSpan PassageStore::SourceOf(int64_t row) const {
  const std::lock_guard lock(mutex_);
  Statement& source =
      Prepared(source_of_,
               "SELECT first_row, number, key, first_passage FROM sources WHERE first_row <= ? "
               "ORDER BY first_row DESC LIMIT 1");
  const ResetGuard guard(source);
  return source.Bind(1, row).Step() ? SpanFrom(source) : SourceSpan{};
}

std::vector<SourceSpan> PassageStore::Sources() const {
  const std::lock_guard lock(mutex_);
  CheckSchema();
  Statement all = database_.Prepare(
      "SELECT first_row, number, key, first_passage FROM sources ORDER BY first_row");
  std::vector<SourceSpan> spans;
  while (all.Step()) spans.push_back(SpanFrom(all));
  return spans;
}

std::vector<Passage> PassageStore::GetFrom(int64_t begin, int64_t most, int64_t bytes) const {
  const std::lock_guard lock(mutex_);
  Statement& get = Prepared(
      get_from_, "SELECT id, title, text, metadata FROM passages WHERE row >= ? ORDER BY row");
  const ResetGuard guard(get);
  get.Bind(1, begin);
  std::vector<Passage> passages;
  while (bytes > 0 && static_cast<int64_t>(passages.size()) < most && get.Step()) {
    passages.push_back(PassageFrom(get));
    bytes -= TextBytes(passages.back());
  }
  return passages;
}

std::vector<RowOfId> PassageStore::IdsAfter(const std::optional<std::string>& after,
                                            int64_t most) const {
  const std::lock_guard lock(mutex_);
  Statement& ids =
      after ? Prepared(ids_after_, "SELECT id, row FROM passages WHERE id > ? ORDER BY id")
            : Prepared(first_ids_, "SELECT id, row FROM passages ORDER BY id");
  const ResetGuard guard(ids);
  if (after) ids.Bind(1, *after);
  std::vector<RowOfId> found;
  while (static_cast<int64_t>(found.size()) < most && ids.Step()) {
    found.push_back({std::string(ids.Text(0)), Checked(ids.Number(1))});
  }
  return found;
}

std::vector<int64_t> PassageStore::Matching(const FilterSql& filter) const {
  std::unique_lock lock(mutex_);
  CheckSchema();
  const auto first = static_cast<int>(filter.parameters.size()) + 1;
  Statement matching = database_.Prepare(
      "SELECT row FROM passages WHERE row >= ?" + std::to_string(first) + " AND row < ?" +
      std::to_string(first + 1) + " AND " + filter.condition + " ORDER BY row");
  for (int i = 1; i < first; ++i) {
    matching.Bind(i, filter.parameters[static_cast<size_t>(i - 1)]);
  }
  std::vector<int64_t> rows;
  for (int64_t begin = 0; begin < rows_; begin += kFilteredRows) {
    const ResetGuard guard(matching);
    matching.Bind(first, begin).Bind(first + 1, std::min(begin + kFilteredRows, rows_));
    while (matching.Step()) rows.push_back(Checked(matching.Number(0)));
    matching.Reset();
    lock.unlock();
    lock.lock();
  }
  return rows;
}

}  // namespace dpr
