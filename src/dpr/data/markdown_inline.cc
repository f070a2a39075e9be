// One pass over the paragraph after three that find its pairs: code spans, brackets and
// parentheses.
#include "dpr/data/markdown_inline.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <vector>

#include "dpr/base/utf8.h"

namespace dpr {
namespace {

constexpr size_t kNone = std::string_view::npos;

bool IsPunctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
         (c >= '{' && c <= '~');
}
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
// Letters, digits and everything beyond ASCII.
bool IsWord(char c) { return !IsPunctuation(c) && !IsSpace(c); }

size_t RunLength(std::string_view text, size_t at) {
  const size_t end = text.find_first_not_of(text[at], at);
  return std::min(end, text.size()) - at;
}

bool IsEscape(std::string_view text, size_t at) {
  return text[at] == '\\' && at + 1 < text.size() && IsPunctuation(text[at + 1]);
}

// The code point of "&name;" or "&#N;" at `at`, and its length; 0 when there is none.
size_t DecodeEntity(std::string_view text, size_t at, std::string& out) {
  constexpr size_t kLongest = 10;
  const size_t end = text.substr(at, kLongest).find(';');
  if (end == kNone || end < 2) return 0;
  std::string_view name = text.substr(at + 1, end - 1);
  static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", " "}};
  for (const auto& [known, character] : kNames) {
    if (name == known) {
      out += character;
      return end + 1;
    }
  }
  if (name[0] != '#') return 0;
  name.remove_prefix(1);
  const bool hexadecimal = name.starts_with('x') || name.starts_with('X');
  if (hexadecimal) name.remove_prefix(1);
  uint32_t code = 0;
  const auto [stop, error] =
      std::from_chars(name.data(), name.data() + name.size(), code, hexadecimal ? 16 : 10);
  if (error != std::errc() || stop != name.data() + name.size()) return 0;
  const bool valid = code > 0 && code < 0x110000 && (code < 0xD800 || code > 0xDFFF);
  AppendUtf8(valid ? static_cast<char32_t>(code) : kReplacementCharacter, out);
  return end + 1;
}

class InlineReader {
 public:
  InlineReader(std::string_view text, std::string& out) : text_(text), out_(out) {
    FindCode();
    FindPairs('[', ']', closing_bracket_);
    FindPairs('(', ')', closing_parenthesis_);
  }

  void Run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ']' && skips_.contains(at_)) {
        at_ = skips_[at_];
      } else if (IsEscape(text_, at_)) {
        out_ += text_[at_ + 1];
        at_ += 2;
      } else if (!(c == '`' && Code()) && !(c == '<' && Tag()) && !(c == '&' && Entity()) &&
                 !((c == '[' || c == '!') && Link()) &&
                 !((c == '*' || c == '_' || c == '~') && Emphasis())) {
        out_ += c;
        ++at_;
      }
    }
  }

 private:
  // code_: the end of the code span that begins at a run of backticks.
  void FindCode() {
    std::map<size_t, std::vector<size_t>> runs;  // by length: where they begin, last first
    for (size_t at = text_.find('`'); at != kNone;) {
      const size_t length = RunLength(text_, at);
      runs[length].push_back(at);
      at = text_.find('`', at + length);
    }
    for (auto& [length, begins] : runs) std::reverse(begins.begin(), begins.end());
    for (size_t at = 0; at < text_.size();) {
      if (text_[at] != '`') {
        at += IsEscape(text_, at) ? 2 : 1;
        continue;
      }
      const size_t length = RunLength(text_, at);
      auto& begins = runs[length];
      while (!begins.empty() && begins.back() <= at) begins.pop_back();
      if (!begins.empty()) code_[at] = begins.back() + length;
      at = begins.empty() ? at + length : begins.back() + length;
    }
  }

  void FindPairs(char open, char close, std::map<size_t, size_t>& closing) {
    std::vector<size_t> waiting;
    for (size_t at = 0; at < text_.size(); ++at) {
      if (text_[at] == '`' && code_.contains(at)) {
        at = code_[at] - 1;
      } else if (IsEscape(text_, at)) {
        ++at;
      } else if (text_[at] == open) {
        waiting.push_back(at);
      } else if (text_[at] == close && !waiting.empty()) {
        closing[waiting.back()] = at;
        waiting.pop_back();
      }
    }
  }

  bool Code() {
    const size_t length = RunLength(text_, at_);
    const auto code = code_.find(at_);
    if (code == code_.end()) {
      out_.append(text_, at_, length);
      at_ += length;
    } else {
      out_.append(text_, at_ + length, code->second - at_ - 2 * length);
      at_ = code->second;
    }
    return true;
  }

  // A tag goes; an address in angle brackets stays.
  bool Tag() {
    if (next_closing_ != kNone && next_closing_ < at_) next_closing_ = text_.find('>', at_);
    if (next_closing_ == kNone || at_ + 1 == next_closing_) return false;
    const char first = text_[at_ + 1];
    if (!IsLetter(first) && first != '/' && first != '!' && first != '?') return false;
    const std::string_view inside = text_.substr(at_ + 1, next_closing_ - at_ - 1);
    const std::string_view word = inside.substr(0, inside.find_first_of(" \t\n"));
    const bool address = word.size() == inside.size() && IsLetter(first) &&
                         (word.find(':') != kNone || word.find('@') != kNone);
    if (address) {
      out_ += inside;
    } else {
      out_ += IsInlineTag(word) ? "" : " ";
    }
    at_ = next_closing_ + 1;
    return true;
  }

  static bool IsInlineTag(std::string_view name) {
    if (name.starts_with('/')) name.remove_prefix(1);
    static constexpr std::string_view kNames[] = {"a",    "b",   "i",     "em",  "strong",
                                                  "code", "kbd", "sub",   "sup", "span",
                                                  "u",    "s",   "small", "font"};
    return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
  }

  bool Entity() {
    const size_t length = DecodeEntity(text_, at_, out_);
    at_ += length;
    return length != 0;
  }

  // [label](target), [label][reference], ![image](target): the label stays. [^note]: nothing stays.
  bool Link() {
    const size_t open = text_[at_] == '!' ? at_ + 1 : at_;
    const auto found = closing_bracket_.find(open);
    if (found == closing_bracket_.end()) return false;
    const size_t close = found->second, behind = close + 1;
    if (text_[open + 1] == '^') {
      at_ = behind;
      return true;
    }
    const char next = behind < text_.size() ? text_[behind] : '\0';
    const auto& pairs = next == '(' ? closing_parenthesis_ : closing_bracket_;
    const auto target = pairs.find(behind);
    if ((next != '(' && next != '[') || target == pairs.end()) return false;
    skips_[close] = target->second + 1;
    at_ = open + 1;
    return true;
  }

  // Marks of emphasis stand beside a word, not inside it and not alone.
  bool Emphasis() {
    const size_t length = RunLength(text_, at_), end = at_ + length;
    const char before = at_ == 0 ? ' ' : text_[at_ - 1];
    const char behind = end == text_.size() ? ' ' : text_[end];
    const bool inside_word = IsWord(before) && IsWord(behind);
    const bool alone = IsSpace(before) && IsSpace(behind);
    if (inside_word || alone || (text_[at_] == '~' && length != 2)) {
      out_.append(text_, at_, length);
    }
    at_ = end;
    return true;
  }

  const std::string_view text_;
  std::string& out_;
  size_t at_ = 0;
  size_t next_closing_ = 0;  // the next '>' at or behind at_, once looked for
  std::map<size_t, size_t> code_, closing_bracket_, closing_parenthesis_;
  std::map<size_t, size_t> skips_;  // from a link's closing bracket to behind its target
};

}  // namespace

void AppendInline(std::string_view paragraph, std::string& text) {
  InlineReader(paragraph, text).Run();
}

}  // namespace dpr
