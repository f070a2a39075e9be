// Xapian's exceptions as ours. For the sources of this module.
#pragma once

#include <xapian.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#include "dpr/base/error.h"
#include "dpr/base/file.h"

namespace dpr {

inline constexpr const char* kDamagedHint =
    "Restore it from a copy, or index the sources again into a new folder";

[[noreturn]] inline void ThrowXapian(const Xapian::Error& error, const Path& where) {
  const std::string problem = "Xapian: " + error.get_msg();
  const char* const system = error.get_error_string();
  const std::string_view type = error.get_type();
  const bool misread = system == nullptr && (type.starts_with("Database") || type == "RangeError" ||
                                             type == "DocNotFoundError");
  if (misread || type == "DatabaseCorruptError" || type == "DatabaseOpeningError" ||
      type == "DatabaseVersionError") {
    throw Error(ErrorCode::kCorrupt, problem, where.string(), kDamagedHint);
  }
  if (system != nullptr && std::strcmp(system, std::strerror(ENOSPC)) == 0) {
    errno = ENOSPC;
    ThrowErrno("write", where.string());
  }
  throw Error(ErrorCode::kIo, system == nullptr ? problem : problem + " (" + system + ")",
              where.string());
}

// body(), with Xapian's exceptions turned into ours that name `where`.
template <typename Body>
auto WithXapian(const Path& where, Body&& body) {
  try {
    return body();
  } catch (const Xapian::Error& error) {
    ThrowXapian(error, where);
  } catch (const std::logic_error& error) {  // a length that is none, behind a check of Xapian's
    throw Error(ErrorCode::kCorrupt, std::string("Xapian: ") + error.what(), where.string(),
                kDamagedHint);
  }
}

}  // namespace dpr
