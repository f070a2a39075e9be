#include "dpr/base/error.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace dpr {

Error::Error(ErrorCode code, std::string what, std::string where, std::string hint)
    : code_(code), problem_(std::move(what)), where_(std::move(where)), hint_(std::move(hint)) {
  message_ = where_.empty() ? problem_ : where_ + ": " + problem_;
  if (!hint_.empty()) message_ += ". " + hint_;
}

void ThrowErrno(const std::string& action, const std::string& where) {
  const int number = errno;
  ErrorCode code = ErrorCode::kIo;
  std::string hint;
  switch (number) {
    case ENOENT:
      code = ErrorCode::kNotFound;
      hint = "Check the path";
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      code = ErrorCode::kPermission;
      hint = "Check who owns it and its permissions";
      break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      code = ErrorCode::kNoSpace;
      hint = "Free some space and give the same command again";
      break;
    case EEXIST:
      code = ErrorCode::kExists;
      hint = "Name one that is not there yet";
      break;
    case EISDIR:
      code = ErrorCode::kInvalid;
      hint = "A file is needed here, not a folder";
      break;
    case ENOTDIR:
      code = ErrorCode::kInvalid;
      hint = "A folder is needed here, not a file";
      break;
    case EMFILE:
    case ENFILE:
      hint = "Raise the limit on open files with `ulimit -n`";
      break;
    case ENOMEM:
      hint = "Free some memory and give the same command again";
      break;
    default:
      hint = "Look at the system's log: the disk or the connection to it may fail";
      break;
  }
  throw Error(code, "cannot " + action + ": " + std::strerror(number), where, hint);
}

void CheckFailed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "dpr: internal error: %s does not hold (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace dpr
