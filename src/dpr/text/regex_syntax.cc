#include "dpr/text/regex_syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "dpr/base/utf8.h"
#include "dpr/text/regex_scanner.h"

namespace dpr {
namespace {

std::string HexEscape(char32_t c) { return fmt::format("\\x{{{:X}}}", uint32_t{c}); }

class Translator {
 public:
  explicit Translator(std::string_view pattern) : in_(pattern) {}

  IcuRegex Run() {
    try {
      while (!in_.at_end()) Element();
      if (highest_reference_ > groups_) throw RegexProblem{"it refers to a group that it lacks"};
    } catch (const RegexProblem& problem) {
      result_.problem = problem.text;
    }
    return std::move(result_);
  }

 private:
  // What a quantifier would apply to.
  enum class Last { kNothing, kItem, kQuantified, kModified };

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
  std::string SetItem(std::optional<char32_t>& single);
  std::string SetEscape(std::optional<char32_t>& single);

  RegexScanner in_;
  IcuRegex result_;
  Last last_ = Last::kNothing;
  int groups_ = 0, highest_reference_ = 0;
  std::map<std::string, int> names_;
};

void Translator::Element() {
  const char32_t c = in_.Next();
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

void Translator::Escape() {
  const char32_t c = in_.Next();
  if (const std::optional<char32_t> character = in_.CharacterEscape(c)) return Literal(*character);
  if (!IsDigit(c)) return EscapedLetter(c);
  if (IsOctalDigit(c) && IsOctalDigit(in_.Peek()) && IsOctalDigit(in_.Peek(1))) {
    in_.set_position(in_.position() - 1);
    return Literal(in_.Octal(3));
  }
  int group = static_cast<int>(c - '0');
  if (IsDigit(in_.Peek())) group = group * 10 + static_cast<int>(in_.Next() - '0');
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
      return Emit(fmt::format("(?-i:{})", in_.Property(c)), Last::kItem);
    default:
      throw RegexProblem{fmt::format("the escape \\{} is not understood", static_cast<char>(c))};
  }
}

void Translator::Quantifier(std::string_view quantifier) {
  if (last_ == Last::kItem) return Emit(quantifier, Last::kQuantified);
  if (last_ == Last::kNothing) throw RegexProblem{"there is nothing to repeat"};
  const bool modifies = quantifier == "?" || quantifier == "+";
  if (last_ == Last::kModified || !modifies) throw RegexProblem{"a repetition is repeated"};
  Emit(quantifier, Last::kModified);
}

// {3}, {3,}, {,5}, {3,5}. Approximate matching ({e<=1}) begins with one of its letters or counts
// with them; any other brace is a literal.
void Translator::Brace() {
  constexpr size_t kLongest = 40;
  std::u32string inside = in_.Ahead(kLongest);
  const size_t end = inside.find(U'}');
  const bool closed = end != inside.npos;
  if (closed) inside.resize(end);
  const bool weighs = inside.find_first_of(U"eids") != inside.npos &&
                      inside.find_first_not_of(U"eids0123456789<=,+ ") == inside.npos;
  const std::u32string_view kCosts = U"eids";
  if (kCosts.find(in_.Peek()) != kCosts.npos || (closed && weighs && last_ == Last::kItem)) {
    throw RegexProblem{"approximate matching is not understood"};
  }
  const size_t comma = inside.find(U',');
  const bool counts = closed && !inside.empty() && comma == inside.rfind(U',') &&
                      inside.find_first_not_of(U"0123456789,") == inside.npos;
  if (!counts) return Emit("\\{", Last::kItem);
  in_.set_position(in_.position() + end + 1);
  std::string quantifier = comma == 0 ? "{0" : "{";
  for (const char32_t c : inside) AppendUtf8(c, quantifier);
  Quantifier(quantifier + "}");
}

void Translator::Group() {
  if (in_.Take(U"?#")) {
    while (in_.Next() != ')') {
    }
    return;
  }
  if (in_.Peek() != '?') {
    ++groups_;
    return Emit("(", Last::kNothing);
  }
  in_.Next();
  for (const std::u32string_view open : {U":", U"=", U"!", U"<=", U"<!", U">"}) {
    if (!in_.Take(open)) continue;
    std::string text = "(?";
    for (const char32_t c : open) AppendUtf8(c, text);
    return Emit(text, Last::kNothing);
  }
  if (in_.Take(U"P=")) {
    const auto named = names_.find(in_.Name(')'));
    if (named == names_.end()) throw RegexProblem{"it refers to a group that has no such name"};
    return BackReference(named->second);
  }
  if (in_.Take(U"P<") || in_.Take(U"<")) {
    names_[in_.Name('>')] = ++groups_;
    return Emit("(", Last::kNothing);
  }
  Flags();
}

// Flags: i, m and u are on anyway; s counts for the whole expression, or for its group.
void Translator::Flags() {
  bool dot_all = false;
  char32_t c = in_.Next();
  for (; c != ')' && c != ':'; c = in_.Next()) {
    if (c != 'i' && c != 'm' && c != 'u' && c != 's') {
      throw RegexProblem{"a group or flag that is not understood follows \"(?\""};
    }
    dot_all = dot_all || c == 's';
  }
  if (c == ':') return Emit(dot_all ? "(?s:" : "(?:", Last::kNothing);
  result_.dot_all = result_.dot_all || dot_all;
}

std::string Translator::SetEscape(std::optional<char32_t>& single) {
  const char32_t c = in_.Next();
  if (c == 'b') return HexEscape(*(single = U'\b'));
  if (IsOctalDigit(c)) {
    in_.set_position(in_.position() - 1);
    return HexEscape(*(single = in_.Octal(3)));
  }
  if ((single = in_.CharacterEscape(c))) return HexEscape(*single);
  if (c == 's' || c == 'S') return c == 's' ? "\\p{White_Space}" : "\\P{White_Space}";
  if (c == 'p' || c == 'P') return in_.Property(c);
  if (c == 'd' || c == 'D' || c == 'w' || c == 'W')
    return fmt::format("\\{}", static_cast<char>(c));
  throw RegexProblem{"an escape in a set is not understood"};
}

// One element of a set; `single` when it is a character, which may begin a range.
std::string Translator::SetItem(std::optional<char32_t>& single) {
  single.reset();
  if (const std::optional<std::string> posix = in_.PosixClass()) return *posix;
  if (in_.Take(U"\\")) return SetEscape(single);
  return HexEscape(*(single = in_.Next()));
}

void Translator::Set() {
  std::string set = in_.Take(U"^") ? "[^" : "[";
  const bool negated = set.size() == 2;
  std::optional<char32_t> low, high;
  int items = 0;
  while (items == 0 || in_.Peek() != ']') {
    ++items;
    set += SetItem(low);
    if (low == U'I') set += "ı";
    if (!low || in_.Peek() != '-' || in_.Peek(1) == ']' || !in_.Has(1)) continue;
    const size_t dash = in_.position();
    in_.Next();
    const std::string end = SetItem(high);
    if (!high) {  // [a-\d]: the dash stands for itself
      in_.set_position(dash + 1);
      set += HexEscape('-');
      continue;
    }
    if (*high < *low) throw RegexProblem{"a range in a set ends before it begins"};
    set += "-" + end;
    if (*low < U'I' && U'I' <= *high) set += "ı";
    low.reset();
  }
  in_.Next();
  // ICU would take a set of one character for a literal.
  if (items == 1 && low && !negated) return Literal(*low);
  Emit(set + "]", Last::kItem);
}

}  // namespace

IcuRegex TranslateRegex(std::string_view pattern) { return Translator(pattern).Run(); }

}  // namespace dpr
