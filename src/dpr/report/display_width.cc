#include "dpr/report/display_width.h"

#include <clocale>
#include <cwchar>

#include "dpr/base/utf8.h"

namespace dpr {
namespace {

constexpr std::string_view kEllipsis = "…";

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

bool IsControl(char32_t character) {
  return character < 0x20 || (character >= 0x7F && character < 0xA0) || character == 0x2028 ||
         character == 0x2029;
}

// Calls visit(shown, width) for each character, `shown` being its UTF-8; stops when it is false.
template <typename Visit>
void ForEachCharacter(std::string_view text, Visit&& visit) {
  const Utf8Locale locale;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const char32_t character = NextCodePoint(text, at);
    std::string_view shown = text.substr(begin, at - begin);
    if (IsControl(character)) shown = " ";
    if (character == kReplacementCharacter) shown = "\uFFFD";
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
