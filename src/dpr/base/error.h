// The one error type of the library.
//
// Libraries throw dpr::Error for anything that input, files, the machine or the caller's request
// can cause; only cli/main and the HTTP handler catch it. A condition that only a bug of ours can
// break is a DPR_CHECK, which prints its expression and aborts.
#pragma once

#include <exception>
#include <string>

namespace dpr {

enum class ErrorCode {
  kUsage,        // the request itself is wrong: an option, a value out of range
  kNotFound,     // a file, a folder, an id that does not exist
  kInvalid,      // input that can be read but is malformed
  kCorrupt,      // a file of ours that is damaged
  kUnsupported,  // well-formed, but nothing that dpr can use: another architecture, another version
  kExists,       // something that must be new is already there
  kMismatch,     // two things that do not belong together: a collection and another encoder
  kNoSpace,      // the disk, or the quota, is full
  kPermission,   // the system refuses access
  kBusy,         // another process holds the lock
  kInterrupted,  // the user stopped it; what was done is kept
  kIo,           // any other failure of the system
};

// what() reads "WHERE: WHAT. HINT": where it happened (file, line or byte, record id), what
// happened, and what the user can do. `where` and `hint` may be empty; neither they nor `what` end
// in a period.
class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string what, std::string where = {}, std::string hint = {});

  ErrorCode code() const { return code_; }
  const std::string& problem() const { return problem_; }
  const std::string& where() const { return where_; }
  const std::string& hint() const { return hint_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorCode code_;
  std::string problem_, where_, hint_, message_;
};

// Throws the Error for the current errno: "cannot ACTION: REASON", with code and hint to match.
[[noreturn]] void ThrowErrno(const std::string& action, const std::string& where);

[[noreturn]] void CheckFailed(const char* expression, const char* file, int line);

}  // namespace dpr

#define DPR_CHECK(expression) \
  ((expression) ? static_cast<void>(0) : ::dpr::CheckFailed(#expression, __FILE__, __LINE__))
