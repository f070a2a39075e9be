// Reads a regular expression of Python's `regex` code point by code point: the small parts that
// stand both inside and outside of sets. For regex_syntax.cc only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dpr {

// Why an expression cannot be used. Never leaves TranslateRegex().
struct RegexProblem {
  std::string text;
};

inline bool IsDigit(char32_t c) { return c >= '0' && c <= '9'; }
inline bool IsOctalDigit(char32_t c) { return c >= '0' && c <= '7'; }
inline bool IsAsciiLetter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// All reading functions throw RegexProblem.
class RegexScanner {
 public:
  explicit RegexScanner(std::string_view pattern);

  bool at_end() const { return at_ == in_.size(); }
  size_t position() const { return at_; }
  void set_position(size_t position) { at_ = position; }
  char32_t Peek(size_t ahead = 0) const { return at_ + ahead < in_.size() ? in_[at_ + ahead] : 0; }
  bool Has(size_t ahead) const { return at_ + ahead < in_.size(); }
  std::u32string Ahead(size_t most) const { return in_.substr(at_, most); }
  char32_t Next();
  bool Take(std::u32string_view text);  // when it comes next

  // Behind a backslash and `c`: the character that the escape means, if it means one.
  std::optional<char32_t> CharacterEscape(char32_t c);
  char32_t Octal(int most_digits);
  // Behind \p or \P, which `p` says, in ICU's form: {Name}, N, {^Name}.
  std::string Property(char32_t p);
  std::string Name(char32_t end);  // up to and with `end`
  // [:alpha:] and the like, when one comes next.
  std::optional<std::string> PosixClass();

 private:
  char32_t Hexadecimal(int digits);

  std::u32string in_;
  size_t at_ = 0;
};

}  // namespace dpr
