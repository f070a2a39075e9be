// What every reader holds of what it reads: text is UTF-8, ids are there and whole.
#pragma once

#include <string>
#include <string_view>

namespace dpr {

// As fast as memory: for whole records and files.
bool IsUtf8(std::string_view bytes);

// Throw BadRecord, saying `where`.
[[noreturn]] void FailUtf8(const std::string& where);
[[noreturn]] void FailRecord(const std::string& problem, const std::string& where,
                             const std::string& hint = {});

// Throws kInvalid when the beginning of a file says that it is UTF-16.
void RequireUtf8File(std::string_view beginning, const std::string& name);

// What is wrong with an id of a passage or question; nullptr when all is well. Ids are not empty
// and hold no NUL.
const char* ProblemOfId(std::string_view id);

// `text` as a JSON string with its quotes. `text` is UTF-8; what is not becomes U+FFFD.
std::string JsonString(std::string_view text);

// For messages: `text` in backquotes, cut where it is long.
std::string Quoted(std::string_view text);
// `a`, `b`, `c`; the first of them, where there are many.
template <typename Names>
std::string QuotedList(const Names& names) {
  constexpr size_t kMost = 20;
  std::string list;
  size_t count = 0;
  for (const auto& name : names) {
    if (++count > kMost) return list + " and more";
    list += (list.empty() ? "" : ", ") + Quoted(name);
  }
  return list;
}

}  // namespace dpr
