#include "dpr/text/regex_syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "dpr/text/utf8.h"

namespace dpr {
namespace {

struct Problem {
  std::string text;
};

bool IsDigit(char32_t c) { return c >= '0' && c <= '9'; }
bool IsOctalDigit(char32_t c) { return c >= '0' && c <= '7'; }
bool IsAsciiLetter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

int HexValue(char32_t c) {
  if (IsDigit(c)) return static_cast<int>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<int>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<int>(c - 'A') + 10;
  return -1;
}

std::string HexEscape(char32_t c) { return fmt::format("\\x{{{:X}}}", uint32_t{c}); }

class Translator {
 public:
  explicit Translator(std::string_view pattern) {
    for (size_t at = 0; at < pattern.size();) in_.push_back(NextCodePoint(pattern, at));
  }

  IcuRegex Run() {
    try {
      while (!AtEnd()) Element();
      if (highest_reference_ > groups_) throw Problem{"it refers to a group that it does not have"};
    } catch (const Problem& problem) {
      result_.problem = problem.text;
    }
    return std::move(result_);
  }

 private:
  // What a quantifier would apply to.
  enum class Last { kNothing, kItem, kQuantified, kModified };

  bool AtEnd() const { return at_ == in_.size(); }
  char32_t Peek(size_t ahead = 0) const { return at_ + ahead < in_.size() ? in_[at_ + ahead] : 0; }
  char32_t Next() {
    if (AtEnd()) throw Problem{"it ends too early"};
    return in_[at_++];
  }
  bool Take(std::u32string_view text) {
    if (std::u32string_view(in_).substr(at_, text.size()) != text) return false;
    at_ += text.size();
    return true;
  }
  void Emit(std::string_view text, Last last) {
    result_.pattern += text;
    last_ = last;
  }

  void Element();
  void Literal(char32_t c);
  void Escape();
  void EscapedLetter(char32_t c);
  void Set();
  void Group();
  void Flags();
  void Brace();
  void Quantifier(std::string_view quantifier);
  void BackReference(int group);
  std::string TakeName(char32_t end);
  std::string Property(char32_t p);
  std::string SetItem(std::optional<char32_t>& single);
  std::string SetEscape(std::optional<char32_t>& single);
  std::optional<std::string> PosixClass();
  std::optional<char32_t> CharacterEscape(char32_t c);
  char32_t Hexadecimal(int digits);
  char32_t Octal(int most_digits);

  std::u32string in_;
  size_t at_ = 0;
  IcuRegex result_;
  Last last_ = Last::kNothing;
  int groups_ = 0, highest_reference_ = 0;
  std::map<std::string, int> names_;
};

void Translator::Element() {
  const char32_t c = Next();
  switch (c) {
    case '\\':
      return Escape();
    case '[':
      return Set();
    case '(':
      return Group();
    case '{':
      return Brace();
    case '}':
      return Emit("\\}", Last::kItem);
    case '*':
    case '+':
    case '?':
      return Quantifier(std::string(1, static_cast<char>(c)));
    case '|':
      return Emit("|", Last::kNothing);
    case ')':
    case '^':
    case '$':
    case '.':
      return Emit(std::string(1, static_cast<char>(c)), Last::kItem);
    default:
      return Literal(c);
  }
}

// What a character matches that ICU would match otherwise: it folds literals by full case folding,
// and knows nothing of the dotless i.
std::string SpecialLiteral(char32_t c) {
  constexpr std::u32string_view kLigatures = U"ŉẚևﬀﬁﬂﬃﬄﬓﬔﬕﬖﬗ";
  constexpr std::u32string_view kBeginFoldings = U"sSſfFaAʼեԵմՄվՎ";
  if (c == U'I') return "[Iı]";
  if (c == U'ı') return "(?-i:[Iı])";
  if (c == U'ß' || c == U'ẞ') return "(?-i:[ßẞ])";
  if (c == U'ﬅ' || c == U'ﬆ') return "(?-i:[ﬅﬆ])";
  const bool begins = kBeginFoldings.find(c) != kBeginFoldings.npos;
  if (!begins && kLigatures.find(c) == kLigatures.npos) return "";
  std::string text = begins ? "(?:" : "(?-i:";  // a group ends ICU's run of literals
  AppendUtf8(c, text);
  return text + ")";
}

// A character that stands for itself.
void Translator::Literal(char32_t c) {
  std::string text = SpecialLiteral(c);
  if (text.empty()) {
    if (IsAsciiLetter(c) || IsDigit(c) || c >= 0x80) {
      AppendUtf8(c, text);
    } else {
      text = HexEscape(c);
    }
  }
  Emit(text, Last::kItem);
}

char32_t Translator::Hexadecimal(int digits) {
  char32_t value = 0;
  for (int i = 0; i < digits; ++i) {
    const int digit = HexValue(Next());
    if (digit < 0) throw Problem{"an escape lacks hexadecimal digits"};
    value = value << 4 | static_cast<char32_t>(digit);
  }
  if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) {
    throw Problem{"an escape names no character"};
  }
  return value;
}

char32_t Translator::Octal(int most_digits) {
  char32_t value = 0;
  for (int i = 0; i < most_digits && IsOctalDigit(Peek()); ++i) {
    value = value << 3 | (Next() - '0');
  }
  return value;
}

// The character of an escape that means one, inside and outside of sets.
std::optional<char32_t> Translator::CharacterEscape(char32_t c) {
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
std::string Translator::Property(char32_t p) {
  std::string name;
  bool negated = p == 'P';
  if (Take(U"{")) {
    if (Take(U"^")) negated = !negated;
    name = TakeName('}');
  } else {
    AppendUtf8(Next(), name);
  }
  if (name == "Lu" || name == "Ll" || name == "Lt") name = "LC";
  return fmt::format("\\{}{{{}}}", negated ? 'P' : 'p', name);
}

std::string Translator::TakeName(char32_t end) {
  std::string name;
  for (char32_t c; (c = Next()) != end;) {
    const bool fits =
        IsAsciiLetter(c) || IsDigit(c) || c == '_' || c == ' ' || c == '-' || c == '=';
    if (!fits) throw Problem{"a name has a character that no name has"};
    name.push_back(static_cast<char>(c));
  }
  if (name.empty() || IsDigit(static_cast<unsigned char>(name[0]))) {
    throw Problem{"a name is empty or begins with a digit"};
  }
  return name;
}

void Translator::Escape() {
  const char32_t c = Next();
  if (const std::optional<char32_t> character = CharacterEscape(c)) return Literal(*character);
  if (!IsDigit(c)) return EscapedLetter(c);
  if (IsOctalDigit(c) && IsOctalDigit(Peek()) && IsOctalDigit(Peek(1))) {
    --at_;
    return Literal(Octal(3));
  }
  int group = static_cast<int>(c - '0');
  if (IsDigit(Peek())) group = group * 10 + static_cast<int>(Next() - '0');
  BackReference(group);
}

void Translator::BackReference(int group) {
  highest_reference_ = std::max(highest_reference_, group);
  Emit(fmt::format("(?:\\{})", group), Last::kItem);
}

void Translator::EscapedLetter(char32_t c) {
  switch (c) {
    case 'd':
    case 'D':
    case 'w':
    case 'W':
    case 'h':
    case 'R':
    case 'X':
      return Emit(fmt::format("\\{}", static_cast<char>(c)), Last::kItem);
    case 'b':
    case 'B':
    case 'A':  // grouped, since ICU repeats no bare assertion
      return Emit(fmt::format("(?:\\{})", static_cast<char>(c)), Last::kItem);
    case 's':
      return Emit("\\p{White_Space}", Last::kItem);
    case 'S':
      return Emit("\\P{White_Space}", Last::kItem);
    case 'Z':
    case 'z':
      return Emit("(?:\\z)", Last::kItem);
    case 'm':
      return Emit("(?:\\b(?=\\w))", Last::kItem);
    case 'M':
      return Emit("(?:\\b(?<=\\w))", Last::kItem);
    case 'p':
    case 'P':
      // Case folding would let U+0345, whose folding is Greek, into \p{Greek}.
      return Emit(fmt::format("(?-i:{})", Property(c)), Last::kItem);
    default:
      throw Problem{fmt::format("the escape \\{} is not understood", static_cast<char>(c))};
  }
}

void Translator::Quantifier(std::string_view quantifier) {
  if (last_ == Last::kItem) return Emit(quantifier, Last::kQuantified);
  if (last_ == Last::kNothing) throw Problem{"there is nothing to repeat"};
  const bool modifies = quantifier == "?" || quantifier == "+";
  if (last_ == Last::kModified || !modifies) throw Problem{"a repetition is repeated"};
  Emit(quantifier, Last::kModified);
}

// {3}, {3,}, {,5}, {3,5}. Approximate matching ({e<=1}) begins with one of its letters or counts
// with them; any other brace is a literal.
void Translator::Brace() {
  constexpr size_t kLongest = 40;
  std::u32string inside = in_.substr(at_, kLongest);
  const size_t end = inside.find(U'}');
  const bool closed = end != inside.npos;
  if (closed) inside.resize(end);
  const bool weighs = inside.find_first_of(U"eids") != inside.npos &&
                      inside.find_first_not_of(U"eids0123456789<=,+ ") == inside.npos;
  const std::u32string_view kCosts = U"eids";
  if (kCosts.find(Peek()) != kCosts.npos || (closed && weighs && last_ == Last::kItem)) {
    throw Problem{"approximate matching is not understood"};
  }
  const size_t comma = inside.find(U',');
  const bool counts = closed && !inside.empty() && comma == inside.rfind(U',') &&
                      inside.find_first_not_of(U"0123456789,") == inside.npos;
  if (!counts) return Emit("\\{", Last::kItem);
  at_ += end + 1;
  std::string quantifier = comma == 0 ? "{0" : "{";
  for (const char32_t c : inside) AppendUtf8(c, quantifier);
  Quantifier(quantifier + "}");
}

void Translator::Group() {
  if (Take(U"?#")) {
    while (Next() != ')') {
    }
    return;
  }
  if (Peek() != '?') {
    ++groups_;
    return Emit("(", Last::kNothing);
  }
  ++at_;
  for (const std::u32string_view open : {U":", U"=", U"!", U"<=", U"<!", U">"}) {
    if (!Take(open)) continue;
    std::string text = "(?";
    for (const char32_t c : open) AppendUtf8(c, text);
    return Emit(text, Last::kNothing);
  }
  if (Take(U"P=")) {
    const auto named = names_.find(TakeName(')'));
    if (named == names_.end()) throw Problem{"it refers to a group that has no such name"};
    return BackReference(named->second);
  }
  if (Take(U"P<") || Take(U"<")) {
    names_[TakeName('>')] = ++groups_;
    return Emit("(", Last::kNothing);
  }
  Flags();
}

// Flags: i, m and u are on anyway; s counts for the whole expression, or for its group.
void Translator::Flags() {
  bool dot_all = false;
  char32_t c = Next();
  for (; c != ')' && c != ':'; c = Next()) {
    if (c != 'i' && c != 'm' && c != 'u' && c != 's') {
      throw Problem{"a group or flag that is not understood follows \"(?\""};
    }
    dot_all = dot_all || c == 's';
  }
  if (c == ':') return Emit(dot_all ? "(?s:" : "(?:", Last::kNothing);
  result_.dot_all = result_.dot_all || dot_all;
}

std::optional<std::string> Translator::PosixClass() {
  if (Peek() != '[' || Peek(1) != ':') return std::nullopt;
  size_t end = at_ + 2;
  while (end < in_.size() && (IsAsciiLetter(in_[end]) || in_[end] == '^')) ++end;
  if (end + 1 >= in_.size() || in_[end] != ':' || in_[end + 1] != ']') return std::nullopt;
  std::string text;
  while (at_ < end + 2) AppendUtf8(Next(), text);
  return text;
}

std::string Translator::SetEscape(std::optional<char32_t>& single) {
  const char32_t c = Next();
  if (c == 'b') return HexEscape(*(single = U'\b'));
  if (IsOctalDigit(c)) {
    --at_;
    return HexEscape(*(single = Octal(3)));
  }
  if ((single = CharacterEscape(c))) return HexEscape(*single);
  if (c == 's' || c == 'S') return c == 's' ? "\\p{White_Space}" : "\\P{White_Space}";
  if (c == 'p' || c == 'P') return Property(c);
  if (c == 'd' || c == 'D' || c == 'w' || c == 'W')
    return fmt::format("\\{}", static_cast<char>(c));
  throw Problem{"an escape in a set is not understood"};
}

// One element of a set; `single` when it is a character, which may begin a range.
std::string Translator::SetItem(std::optional<char32_t>& single) {
  single.reset();
  if (const std::optional<std::string> posix = PosixClass()) return *posix;
  if (Take(U"\\")) return SetEscape(single);
  return HexEscape(*(single = Next()));
}

void Translator::Set() {
  std::string set = Take(U"^") ? "[^" : "[";
  const bool negated = set.size() == 2;
  std::optional<char32_t> low, high;
  int items = 0;
  while (items == 0 || Peek() != ']') {
    ++items;
    set += SetItem(low);
    if (low == U'I') set += "ı";
    if (!low || Peek() != '-' || Peek(1) == ']' || at_ + 1 >= in_.size()) continue;
    const size_t dash = at_++;
    const std::string end = SetItem(high);
    if (!high) {  // [a-\d]: the dash stands for itself
      at_ = dash + 1;
      set += HexEscape('-');
      continue;
    }
    if (*high < *low) throw Problem{"a range in a set ends before it begins"};
    set += "-" + end;
    if (*low < U'I' && U'I' <= *high) set += "ı";
    low.reset();
  }
  ++at_;
  // ICU would take a set of one character for a literal.
  if (items == 1 && low && !negated) return Literal(*low);
  Emit(set + "]", Last::kItem);
}

}  // namespace

IcuRegex TranslateRegex(std::string_view pattern) { return Translator(pattern).Run(); }

}  // namespace dpr
