// How many columns UTF-8 text takes on a terminal, and how to cut it there.
//
// Widths come from the C library's wcwidth(), the function that terminals themselves lay text out
// by: 2 for wide East Asian characters and emoji, 0 for combining marks and joiners. It is asked in
// the C.UTF-8 locale whatever the program's locale is; where the system lacks that locale, every
// character counts as 1.
//
// Pure and thread-safe. Any bytes are allowed: a byte that is not valid UTF-8 counts, and is shown,
// as U+FFFD; a control character (line and paragraph separators included) as a space.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dpr {

size_t DisplayWidth(std::string_view text);

// The text on one line, without anything that a terminal would obey rather than show.
std::string Printable(std::string_view text);

// Printable(text) in at most `width` columns; what does not fit is replaced by "…".
std::string Truncated(std::string_view text, size_t width);

}  // namespace dpr
