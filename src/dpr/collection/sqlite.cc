#include "dpr/collection/sqlite.h"

#include <sqlite3.h>

#include <cerrno>

#include "dpr/base/error.h"
#include "dpr/collection/layout.h"

namespace dpr {
namespace {

// Did the input or output that failed change the file?
bool WasWriting(sqlite3* database) {
  const int code = database != nullptr ? sqlite3_extended_errcode(database) : 0;
  return code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_TRUNCATE;
}

// The Error for what a call on `database` (or null) returned.
[[noreturn]] void ThrowSqlite(sqlite3* database, int result, const std::string& where) {
  const std::string reason =
      database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(result);
  const int system = database != nullptr ? sqlite3_system_errno(database) : 0;
  switch (result & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_ERROR:  // a table that is not there
      throw Error(ErrorCode::kCorrupt, "the database is damaged: " + reason, where, kRestoreHint);
    case SQLITE_FULL:
      errno = ENOSPC;
      ThrowErrno("write", where);
    case SQLITE_NOMEM:  // its own limit, and what a damaged schema asks for
      throw Error(ErrorCode::kCorrupt,
                  "the database asks for more memory than there is, which a damaged one does",
                  where, kRestoreHint);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      errno = EACCES;
      ThrowErrno("write", where);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Error(ErrorCode::kBusy, "another process has locked the database", where,
                  "Wait until it has finished, then give the command again");
    case SQLITE_IOERR:
      if (system == 0 && WasWriting(database)) {
        throw Error(ErrorCode::kIo, "cannot write the database: " + reason, where,
                    "Is the disk full, or a file too large? Make room, then give the same command "
                    "again");
      }
      [[fallthrough]];
    default:
      if (system != 0) {
        errno = system;
        ThrowErrno("use the database", where);
      }
      throw Error(ErrorCode::kIo, "cannot use the database: " + reason, where,
                  "Check it with `dpr inspect COLLECTION --verify`");
  }
}

// A path as the name of an SQLite URI.
std::string UriOf(const Path& path) {
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(path).string()) {
    const bool special = c == '?' || c == '#' || c == '%';
    if (special) {
      constexpr const char* kDigits = "0123456789abcdef";
      uri += {'%', kDigits[c >> 4], kDigits[c & 15]};
    } else {
      uri += c;
    }
  }
  return uri;
}

}  // namespace

Statement::Statement(sqlite3* database, std::string_view sql, const std::string& where)
    : where_(where) {
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  statement_.reset(statement);
  if (result != SQLITE_OK) ThrowSqlite(database, result, where);
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement& Statement::Bind(int parameter, int64_t value) {
  const int result = sqlite3_bind_int64(statement_.get(), parameter, value);
  DPR_CHECK(result == SQLITE_OK);
  return *this;
}

Statement& Statement::Bind(int parameter, std::string_view text) {
  // An empty view may have no address, which would be NULL.
  const char* data = text.empty() ? "" : text.data();
  const int result = sqlite3_bind_text64(statement_.get(), parameter, data, text.size(),
                                         SQLITE_STATIC, SQLITE_UTF8);
  if (result != SQLITE_OK) ThrowSqlite(sqlite3_db_handle(statement_.get()), result, where_);
  return *this;
}

bool Statement::Step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  ThrowSqlite(sqlite3_db_handle(statement_.get()), result, where_);
}

void Statement::Run() {
  const ResetGuard guard(*this);
  while (Step()) continue;
}

void Statement::Reset() { sqlite3_reset(statement_.get()); }

int64_t Statement::Number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (text == nullptr) return {};
  return {text, static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

void Database::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Database::Database(const std::string& name, int flags, const Path& path) : path_(path) {
  File::OpenForReading(path);  // for its errors, which are clearer
  sqlite3* database = nullptr;
  const int result = sqlite3_open_v2(name.c_str(), &database,
                                     flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(database);
  if (result != SQLITE_OK) ThrowSqlite(database, result, path.string());
  sqlite3_extended_result_codes(database, 1);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
}

Database Database::OpenImmutable(const Path& path, int64_t cache_kib, int64_t map_bytes) {
  Database database(UriOf(path) + "?immutable=1", SQLITE_OPEN_READONLY, path);
  database.Execute("PRAGMA cache_size=-" + std::to_string(cache_kib));
  database.Execute("PRAGMA mmap_size=" + std::to_string(map_bytes));
  return database;
}

Database Database::OpenForWriting(const Path& path, int64_t cache_kib) {
  File::OpenForAppending(path);
  Database database(UriOf(path), SQLITE_OPEN_READWRITE, path);
  database.Execute("PRAGMA journal_mode=DELETE");
  database.Execute("PRAGMA synchronous=FULL");
  database.Execute("PRAGMA cache_size=-" + std::to_string(cache_kib));
  return database;
}

void Database::Execute(const std::string& sql) { Prepare(sql).Run(); }

Statement Database::Prepare(std::string_view sql) const {
  return Statement(database_.get(), sql, path_.string());
}

int64_t Database::changes() const { return sqlite3_changes64(database_.get()); }

}  // namespace dpr
