#include "dpr/text/utf8.h"

#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace dpr {

char32_t NextCodePoint(std::string_view text, size_t& at) {
  // ICU's macros count in 32 bits, texts may be longer: no code point looks beyond 4 bytes.
  const char* const begin = text.data() + at;
  const int32_t length = static_cast<int32_t>(std::min<size_t>(text.size() - at, 4));
  int32_t offset = 0;
  UChar32 code_point;
  U8_NEXT_OR_FFFD(begin, offset, length, code_point);
  at += static_cast<size_t>(offset);
  return static_cast<char32_t>(code_point);
}

char32_t PreviousCodePoint(std::string_view text, size_t& at) {
  const size_t start = at < 4 ? 0 : at - 4;
  const char* const begin = text.data() + start;
  int32_t offset = static_cast<int32_t>(at - start);
  UChar32 code_point;
  U8_PREV_OR_FFFD(begin, 0, offset, code_point);
  at = start + static_cast<size_t>(offset);
  return static_cast<char32_t>(code_point);
}

void AppendUtf8(char32_t code_point, std::string& text) {
  std::array<char, 4> bytes{};
  int32_t size = 0;
  U8_APPEND_UNSAFE(bytes.data(), size, static_cast<UChar32>(code_point));
  text.append(bytes.data(), static_cast<size_t>(size));
}

bool IsValidUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const size_t begin = at;
    const char32_t code_point = NextCodePoint(text, at);
    // U+FFFD itself is well-formed: EF BF BD.
    if (code_point == kReplacementCharacter && text.substr(begin, at - begin) != "\xEF\xBF\xBD") {
      return false;
    }
  }
  return true;
}

std::string ReplaceInvalidUtf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  for (size_t at = 0; at < text.size();) AppendUtf8(NextCodePoint(text, at), valid);
  return valid;
}

}  // namespace dpr
