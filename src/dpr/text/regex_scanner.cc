#include "dpr/text/regex_scanner.h"

#include <fmt/format.h>

#include "dpr/base/utf8.h"

namespace dpr {
namespace {

int HexValue(char32_t c) {
  if (IsDigit(c)) return static_cast<int>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<int>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<int>(c - 'A') + 10;
  return -1;
}

}  // namespace

RegexScanner::RegexScanner(std::string_view pattern) {
  for (size_t at = 0; at < pattern.size();) in_.push_back(NextCodePoint(pattern, at));
}

char32_t RegexScanner::Next() {
  if (at_end()) throw RegexProblem{"it ends too early"};
  return in_[at_++];
}

bool RegexScanner::Take(std::u32string_view text) {
  if (std::u32string_view(in_).substr(at_, text.size()) != text) return false;
  at_ += text.size();
  return true;
}

char32_t RegexScanner::Hexadecimal(int digits) {
  char32_t value = 0;
  for (int i = 0; i < digits; ++i) {
    const int digit = HexValue(Next());
    if (digit < 0) throw RegexProblem{"an escape lacks hexadecimal digits"};
    value = value << 4 | static_cast<char32_t>(digit);
  }
  if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) {
    throw RegexProblem{"an escape names no character"};
  }
  return value;
}

char32_t RegexScanner::Octal(int most_digits) {
  char32_t value = 0;
  for (int i = 0; i < most_digits && IsOctalDigit(Peek()); ++i) {
    value = value << 3 | (Next() - '0');
  }
  return value;
}

// The character of an escape that means one, inside and outside of sets.
std::optional<char32_t> RegexScanner::CharacterEscape(char32_t c) {
  constexpr std::u32string_view kLetters = U"nrtfav";
  constexpr std::u32string_view kMeanings = U"\n\r\t\f\a\v";
  const size_t place = kLetters.find(c);
  if (place != kLetters.npos) return kMeanings[place];
  if (c == 'x') return Hexadecimal(2);
  if (c == 'u') return Hexadecimal(4);
  if (c == 'U') return Hexadecimal(8);
  if (c == '0') return Octal(2);
  if (!IsAsciiLetter(c) && !IsDigit(c)) return c;
  return std::nullopt;
}

// \p{Name}, \pN, \P{Name}, \p{^Name}. Without regard to case the three cased categories are one.
std::string RegexScanner::Property(char32_t p) {
  std::string name;
  bool negated = p == 'P';
  if (Take(U"{")) {
    if (Take(U"^")) negated = !negated;
    name = Name('}');
  } else {
    AppendUtf8(Next(), name);
  }
  if (name == "Lu" || name == "Ll" || name == "Lt") name = "LC";
  return fmt::format("\\{}{{{}}}", negated ? 'P' : 'p', name);
}

std::string RegexScanner::Name(char32_t end) {
  std::string name;
  for (char32_t c; (c = Next()) != end;) {
    const bool fits =
        IsAsciiLetter(c) || IsDigit(c) || c == '_' || c == ' ' || c == '-' || c == '=';
    if (!fits) throw RegexProblem{"a name has a character that no name has"};
    name.push_back(static_cast<char>(c));
  }
  if (name.empty() || IsDigit(static_cast<unsigned char>(name[0]))) {
    throw RegexProblem{"a name is empty or begins with a digit"};
  }
  return name;
}

std::optional<std::string> RegexScanner::PosixClass() {
  if (Peek() != '[' || Peek(1) != ':') return std::nullopt;
  size_t end = at_ + 2;
  while (end < in_.size() && (IsAsciiLetter(in_[end]) || in_[end] == '^')) ++end;
  if (end + 1 >= in_.size() || in_[end] != ':' || in_[end + 1] != ']') return std::nullopt;
  std::string text;
  while (at_ < end + 2) AppendUtf8(Next(), text);
  return text;
}

}  // namespace dpr
