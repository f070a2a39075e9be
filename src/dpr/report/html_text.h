// Text inside HTML and SVG.
#pragma once

#include <string>
#include <string_view>

namespace dpr {

// `text` as character data or as the value of a quoted attribute, for HTML and for XML 1.0. Any
// bytes are allowed: ill-formed UTF-8 and what XML forbids become U+FFFD, control characters other
// than newline and tab become spaces.
std::string EscapeHtml(std::string_view text);

}  // namespace dpr
