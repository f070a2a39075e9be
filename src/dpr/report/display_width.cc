#include "dpr/report/display_width.h"

#include <clocale>
#include <cwchar>

namespace dpr {
namespace {

constexpr std::string_view kEllipsis = "…";
constexpr char32_t kReplacement = 0xFFFD;

// The calling thread's locale is C.UTF-8 for the life of the object.
class Utf8Locale {
 public:
  Utf8Locale() {
    static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
    if (utf8 != locale_t{}) before_ = ::uselocale(utf8);
  }
  ~Utf8Locale() {
    if (before_ != locale_t{}) ::uselocale(before_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

  size_t WidthOf(char32_t character) const {
    if (before_ == locale_t{}) return 1;
    const int width = ::wcwidth(static_cast<wchar_t>(character));
    return width < 0 ? 1 : static_cast<size_t>(width);  // below 0: not assigned
  }

 private:
  locale_t before_ = {};
};

// Takes the first character off `text` (RFC 3629: no overlong forms, surrogates or values above
// U+10FFFF); a byte that begins none is U+FFFD.
char32_t TakeCharacter(std::string_view& text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const size_t length = lead < 0x80             ? 1
                        : (lead & 0xE0) == 0xC0 ? 2
                        : (lead & 0xF0) == 0xE0 ? 3
                        : (lead & 0xF8) == 0xF0 ? 4
                                                : 0;
  char32_t value = length <= 1 ? lead : lead & (0x7F >> length);
  bool valid = length != 0 && length <= text.size();
  for (size_t i = 1; valid && i < length; ++i) {
    valid = (byte(i) & 0xC0) == 0x80;
    value = value << 6 | (byte(i) & 0x3F);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  valid = valid && value >= kLeast[length] && value <= 0x10FFFF && (value & ~0x7FFu) != 0xD800;
  text.remove_prefix(valid ? length : 1);
  return valid ? value : kReplacement;
}

bool IsControl(char32_t character) {
  return character < 0x20 || (character >= 0x7F && character < 0xA0) || character == 0x2028 ||
         character == 0x2029;
}

// Calls visit(shown, width) for each character, `shown` being its UTF-8; stops when it is false.
template <typename Visit>
void ForEachCharacter(std::string_view text, Visit&& visit) {
  const Utf8Locale locale;
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t character = TakeCharacter(text);
    std::string_view shown = before.substr(0, before.size() - text.size());
    if (IsControl(character)) shown = " ";
    if (character == kReplacement) shown = "\uFFFD";
    if (!visit(shown, IsControl(character) ? 1 : locale.WidthOf(character))) return;
  }
}

}  // namespace

size_t DisplayWidth(std::string_view text) {
  size_t total = 0;
  ForEachCharacter(text, [&](std::string_view, size_t width) {
    total += width;
    return true;
  });
  return total;
}

std::string Printable(std::string_view text) {
  std::string printable;
  ForEachCharacter(text, [&](std::string_view shown, size_t) {
    printable += shown;
    return true;
  });
  return printable;
}

std::string Truncated(std::string_view text, size_t width) {
  std::string cut;
  size_t used = 0, kept = 0;  // `kept`: bytes that leave a column for the ellipsis
  bool fits = true;
  ForEachCharacter(text, [&](std::string_view shown, size_t character_width) {
    used += character_width;
    fits = used <= width;
    if (fits) cut += shown;
    if (used + 1 <= width) kept = cut.size();
    return fits;
  });
  if (fits) return cut;
  cut.resize(kept);
  if (width > 0) cut += kEllipsis;
  return cut;
}

}  // namespace dpr
