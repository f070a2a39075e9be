// UTF-8 in and out, one code point at a time. Ill-formed bytes are read as U+FFFD, one for each
// maximal ill-formed part (Unicode, chapter 3, "U+FFFD substitution of maximal subparts"), which is
// what Python's errors="replace" gives.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dpr {

constexpr char32_t kReplacementCharacter = 0xFFFD;

// The code point at byte `at` of `text` (at < text.size()); `at` moves to the next one.
char32_t NextCodePoint(std::string_view text, size_t& at);
// The code point that ends at byte `at` (at > 0); `at` moves to its beginning. A byte that ends no
// code point is U+FFFD.
char32_t PreviousCodePoint(std::string_view text, size_t& at);
// Appends `code_point`, which is no surrogate and below 0x110000.
void AppendUtf8(char32_t code_point, std::string& text);

bool IsValidUtf8(std::string_view text);
std::string ReplaceInvalidUtf8(std::string_view text);  // with U+FFFD

}  // namespace dpr
