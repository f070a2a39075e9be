#include "dpr/data/string_list.h"

#include <charconv>
#include <cstdint>

#include "dpr/base/error.h"
#include "dpr/base/utf8.h"

namespace dpr {
namespace {

bool IsSurrogate(uint32_t code, uint32_t first) { return code >= first && code < first + 0x400; }

class ListParser {
 public:
  explicit ListParser(std::string_view text) : text_(text) {}

  std::vector<std::string> Run() {
    std::vector<std::string> strings;
    if (!Take('[')) Fail("a list of strings begins with `[`");
    while (!Take(']')) {
      if (!strings.empty() && !Take(',')) Fail("`,` or `]` was expected");
      if (!strings.empty() && Take(']')) break;
      strings.push_back(Strings());
    }
    if (Peek() != '\0' || at_ < text_.size()) Fail("the list ends here, but more follows");
    return strings;
  }

 private:
  [[noreturn]] void Fail(const std::string& problem) const {
    throw Error(ErrorCode::kInvalid, problem, "character " + std::to_string(at_ + 1),
                "Answers look like ['one', \"another one\"]");
  }

  char Peek() {
    at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool Take(char c) {
    if (Peek() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }

  // One string, or several beside each other, which are one.
  std::string Strings() {
    std::string value;
    do {
      if (Peek() == 'u') ++at_;  // Python 2 wrote u'...'
      const char quote = at_ < text_.size() ? text_[at_] : '\0';
      if (quote != '\'' && quote != '"') Fail("a quoted string was expected");
      ++at_;
      String(quote, value);
    } while (Peek() != ',' && Peek() != ']' && at_ < text_.size());
    return value;
  }

  void String(char quote, std::string& value) {
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\') {
        ++at_;
        Escape(quote, value);
      } else {
        value += text_[at_++];
      }
    }
    if (at_ == text_.size()) Fail("a quoted string is not closed");
    ++at_;
  }

  void Escape(char quote, std::string& value) {
    if (at_ == text_.size()) Fail("a quoted string is not closed");
    static constexpr std::string_view kLetters = "\\'\"abfnrtv";
    static constexpr std::string_view kMeanings = "\\'\"\a\b\f\n\r\t\v";
    const char c = text_[at_++];
    if (const size_t letter = kLetters.find(c); letter != std::string_view::npos) {
      value += kMeanings[letter];
    } else if (c == 'x') {
      AppendUtf8(Digits(2, 2, 16), value);
    } else if (c == 'u') {
      AppendUtf8(Utf16(), value);
    } else if (c == 'U') {
      Append(Digits(8, 8, 16), value);
    } else if (c >= '0' && c <= '7') {
      --at_;
      AppendUtf8(Digits(1, 3, 8), value);
    } else if (c == 'N') {
      Fail("characters by name (\\N{...}) are not read");
    } else if (c == '/' && quote == '"') {
      value += '/';
    } else if (c != '\n') {
      value += '\\';
      value += c;
    }
  }

  // After "\u": its number, with a low surrogate's where it is a high one.
  char32_t Utf16() {
    const uint32_t high = Digits(4, 4, 16);
    if (!IsSurrogate(high, 0xD800) || text_.substr(at_, 2) != "\\u") return Checked(high);
    at_ += 2;
    const uint32_t low = Digits(4, 4, 16);
    if (!IsSurrogate(low, 0xDC00)) Fail("half of a surrogate pair");
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
  }

  void Append(uint32_t code, std::string& value) { AppendUtf8(Checked(code), value); }

  char32_t Checked(uint32_t code) const {
    if (IsSurrogate(code, 0xD800) || IsSurrogate(code, 0xDC00)) Fail("half of a surrogate pair");
    if (code >= 0x110000) Fail("no character has this number");
    return code;
  }

  uint32_t Digits(size_t least, size_t most, int base) {
    const std::string_view digits = text_.substr(at_, most);
    uint32_t number = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
    const auto count = static_cast<size_t>(end - digits.data());
    if (error != std::errc() || count < least) {
      Fail(std::to_string(least) + (base == 16 ? " hexadecimal" : " octal") +
           " digits were expected");
    }
    at_ += count;
    return number;
  }

  const std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::vector<std::string> ParseStringList(std::string_view literal) {
  return ListParser(literal).Run();
}

}  // namespace dpr
