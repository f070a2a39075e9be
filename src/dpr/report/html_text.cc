#include "dpr/report/html_text.h"

#include <cstddef>

#include "dpr/base/utf8.h"

namespace dpr {

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const char32_t character = NextCodePoint(text, at);
    const bool is_control = (character < 0x20 && character != '\n' && character != '\t') ||
                            (character >= 0x7F && character < 0xA0);
    if (is_control) {
      escaped += ' ';
    } else if (character == '&') {
      escaped += "&amp;";
    } else if (character == '<') {
      escaped += "&lt;";
    } else if (character == '>') {
      escaped += "&gt;";
    } else if (character == '"') {
      escaped += "&quot;";
    } else if (character == '\'') {
      escaped += "&#39;";
    } else {
      AppendUtf8(character == 0xFFFE || character == 0xFFFF ? kReplacementCharacter : character,
                 escaped);
    }
  }
  return escaped;
}

}  // namespace dpr
