// SQLite with owners and dpr's errors: a database, a prepared statement.
//
// https://www.sqlite.org/c3ref/intro.html. Not thread-safe: one connection for one thread at a
// time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "dpr/base/file.h"

struct sqlite3;
struct sqlite3_stmt;

namespace dpr {

class Database;

class Statement {
 public:
  // Parameters count from 1, as in SQL; a text must stay where it is until the statement is reset.
  Statement& Bind(int parameter, int64_t value);
  Statement& Bind(int parameter, std::string_view text);
  bool Step();  // is there a row?
  void Run();   // steps to the end and resets
  void Reset();

  // Columns count from 0; a view is valid until the next step.
  int64_t Number(int column) const;
  std::string_view Text(int column) const;

 private:
  friend class Database;
  Statement(sqlite3* database, std::string_view sql, const std::string& where);
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::string where_;
};

// Resets on leaving the scope, also by an exception, so that no read lock or snapshot is kept.
class ResetGuard {
 public:
  explicit ResetGuard(Statement& statement) : statement_(statement) {}
  ~ResetGuard() { statement_.Reset(); }
  ResetGuard(const ResetGuard&) = delete;
  ResetGuard& operator=(const ResetGuard&) = delete;

 private:
  Statement& statement_;
};

class Database {
 public:
  // A file that nobody changes: no locks, no journal. `cache_kib` is memory for its pages,
  // `map_bytes` how much of it may be mapped instead.
  static Database OpenImmutable(const Path& path, int64_t cache_kib, int64_t map_bytes);
  // Created when missing. Commits are on the disk when they return.
  static Database OpenForWriting(const Path& path, int64_t cache_kib);

  void Execute(const std::string& sql);
  Statement Prepare(std::string_view sql) const;
  int64_t changes() const;  // rows that the last statement inserted, changed or removed
  const Path& path() const { return path_; }

 private:
  Database(const std::string& name, int flags, const Path& path);
  struct Close {
    void operator()(sqlite3* database) const;
  };
  Path path_;
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace dpr
