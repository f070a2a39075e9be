#include "dpr/collection/passage_writer.h"

#include "dpr/base/error.h"

namespace dpr {
namespace {

constexpr int64_t kCacheKib = 8 << 10;
constexpr int64_t kApplicationId = 0x44505250;  // "DPRP"
constexpr int64_t kSchemaVersion = 1;

Database OpenWithTables(const Path& path) {
  Database database = Database::OpenForWriting(path, kCacheKib);
  database.Execute("BEGIN IMMEDIATE");
  for (const char* statement : {
           "CREATE TABLE IF NOT EXISTS passages (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
           " title TEXT NOT NULL, text TEXT NOT NULL, metadata TEXT NOT NULL)",
           "CREATE TABLE IF NOT EXISTS sources (first_row INTEGER PRIMARY KEY,"
           " number INTEGER NOT NULL, key TEXT NOT NULL, first_passage INTEGER NOT NULL)",
           "CREATE TABLE IF NOT EXISTS progress (position INTEGER PRIMARY KEY,"
           " number INTEGER NOT NULL UNIQUE, key TEXT NOT NULL, content TEXT NOT NULL,"
           " options TEXT NOT NULL, passages INTEGER NOT NULL, bad_records INTEGER NOT NULL,"
           " duplicates INTEGER NOT NULL, complete INTEGER NOT NULL)",
           "CREATE TABLE IF NOT EXISTS counts (only INTEGER PRIMARY KEY CHECK (only = 0),"
           " tokens INTEGER NOT NULL, truncated INTEGER NOT NULL)",
       }) {
    database.Execute(statement);
  }
  database.Execute("PRAGMA application_id=" + std::to_string(kApplicationId));
  database.Execute("PRAGMA user_version=" + std::to_string(kSchemaVersion));
  database.Execute("COMMIT");
  return database;
}

}  // namespace

PassageWriter::PassageWriter(const Path& path)
    : database_(OpenWithTables(path)),
      insert_(database_.Prepare("INSERT INTO passages VALUES (?, ?, ?, ?, ?)"
                                " ON CONFLICT (id) DO NOTHING")),
      insert_source_(database_.Prepare("INSERT INTO sources VALUES (?, ?, ?, ?)")),
      set_progress_(database_.Prepare(
          "INSERT INTO progress (number, key, content, options, passages, bad_records,"
          " duplicates, complete) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (number) DO UPDATE "
          "SET"
          " passages = excluded.passages, bad_records = excluded.bad_records,"
          " duplicates = excluded.duplicates,"
          " complete = excluded.complete")),
      set_counts_(database_.Prepare("INSERT OR REPLACE INTO counts VALUES (0, ?, ?)")) {
  LoadState();
}

void PassageWriter::LoadState() {
  Statement rows = database_.Prepare("SELECT coalesce(max(row) + 1, 0) FROM passages");
  rows.Step();
  rows_ = rows.Number(0);
  Statement counts = database_.Prepare("SELECT tokens, truncated FROM counts");
  counts_ = counts.Step() ? SegmentCounts{counts.Number(0), counts.Number(1)} : SegmentCounts{};
  Statement last = database_.Prepare("SELECT number FROM sources ORDER BY first_row DESC LIMIT 1");
  last_source_ = last.Step() ? last.Number(0) : -1;
}

std::vector<SourceRecord> PassageWriter::Progress() const {
  Statement all = database_.Prepare(
      "SELECT number, key, content, options, passages, bad_records, duplicates, complete"
      " FROM progress ORDER BY position");
  std::vector<SourceRecord> progress;
  while (all.Step()) {
    progress.push_back({all.Number(0), std::string(all.Text(1)), std::string(all.Text(2)),
                        std::string(all.Text(3)), all.Number(4), all.Number(5), all.Number(6),
                        all.Number(7) != 0});
  }
  return progress;
}

void PassageWriter::KeepSources(size_t sources) {
  const std::vector<SourceRecord> progress = Progress();
  Begin();
  for (size_t i = sources; i < progress.size(); ++i) {
    const int64_t number = progress[i].number;
    // Rows are in the order of the sources, so these are the last ones.
    database_
        .Prepare(
            "DELETE FROM passages WHERE row >="
            " (SELECT min(first_row) FROM sources WHERE number = ?)")
        .Bind(1, number)
        .Run();
    database_.Prepare("DELETE FROM sources WHERE number = ?").Bind(1, number).Run();
    database_.Prepare("DELETE FROM progress WHERE number = ?").Bind(1, number).Run();
  }
  Commit();
  LoadState();
}

void PassageWriter::Begin() { database_.Execute("BEGIN IMMEDIATE"); }

bool PassageWriter::Insert(const Passage& passage, int64_t source, const std::string& key,
                           int64_t position) {
  insert_.Bind(1, rows_).Bind(2, passage.id).Bind(3, passage.title);
  insert_.Bind(4, passage.text).Bind(5, passage.metadata);
  insert_.Run();
  if (database_.changes() == 0) return false;
  if (source != last_source_) {
    insert_source_.Bind(1, rows_).Bind(2, source).Bind(3, key).Bind(4, position).Run();
    last_source_ = source;
  }
  ++rows_;
  return true;
}

void PassageWriter::SetProgress(const SourceRecord& source) {
  set_progress_.Bind(1, source.number).Bind(2, source.key).Bind(3, source.content);
  set_progress_.Bind(4, source.options).Bind(5, source.passages).Bind(6, source.bad_records);
  set_progress_.Bind(7, source.duplicates).Bind(8, int64_t{source.complete ? 1 : 0}).Run();
}

void PassageWriter::AddCounts(const SegmentCounts& counts) {
  counts_.tokens += counts.tokens;
  counts_.truncated += counts.truncated;
  set_counts_.Bind(1, counts_.tokens).Bind(2, counts_.truncated).Run();
}

void PassageWriter::Commit() { database_.Execute("COMMIT"); }

}  // namespace dpr
