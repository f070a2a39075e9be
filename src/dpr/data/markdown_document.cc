// ParseMarkdown of document.h: the lines of a file into blocks, and each block's text.
#include <algorithm>

#include "dpr/data/document.h"
#include "dpr/data/markdown_inline.h"

namespace dpr {
namespace {

std::string_view Trimmed(std::string_view line) {
  constexpr std::string_view kSpace = " \t\r";
  const size_t begin = line.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(kSpace) + 1 - begin);
}

std::string_view TakeLine(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Steps over YAML between `---` lines or TOML between `+++` lines; the value of its `title`.
std::string TakeFrontMatter(std::string_view& text) {
  std::string_view rest = text;
  const std::string_view fence = Trimmed(TakeLine(rest));
  if (fence != "---" && fence != "+++") return {};
  std::string title;
  while (!rest.empty()) {
    const std::string_view line = TakeLine(rest);
    if (Trimmed(line) == fence || Trimmed(line) == "...") {
      text = rest;
      return title;
    }
    if (!line.starts_with("title")) continue;
    std::string_view value = Trimmed(line.substr(5));
    if (!value.starts_with(':') && !value.starts_with('=')) continue;
    value = Trimmed(value.substr(1));
    const char quote = value.empty() ? '\0' : value.front();
    const bool quoted =
        value.size() >= 2 && (quote == '"' || quote == '\'') && value.back() == quote;
    title = Squeezed(quoted ? value.substr(1, value.size() - 2) : value);
  }
  return {};
}

bool ConsistsOf(std::string_view line, std::string_view characters) {
  return line.find_first_not_of(characters) == std::string_view::npos;
}

// Three or more of one of - * _, and nothing else but spaces.
bool IsThematicBreak(std::string_view line) {
  return (line.starts_with('-') || line.starts_with('*') || line.starts_with('_')) &&
         std::count(line.begin(), line.end(), line[0]) >= 3 &&
         ConsistsOf(line, std::string{line[0], ' ', '\t'});
}

bool IsTableRule(std::string_view line) {
  return line.find('|') != std::string_view::npos && line.find('-') != std::string_view::npos &&
         ConsistsOf(line, "|:- \t");
}

// [label]: target
bool IsReference(std::string_view line) {
  const size_t end = line.find("]:");
  return line.starts_with('[') && !line.starts_with("[^") && end != std::string_view::npos &&
         line.substr(1, end - 1).find(']') == std::string_view::npos;
}

// The marker of a list item or quotation that begins the line, with the space behind it.
size_t MarkerLength(std::string_view line) {
  if (line.starts_with('>')) return 1;
  size_t length = 0;
  if (line.starts_with('-') || line.starts_with('*') || line.starts_with('+')) {
    length = 1;
  } else {
    while (length < std::min<size_t>(line.size(), 9) && line[length] >= '0' &&
           line[length] <= '9') {
      ++length;
    }
    const bool number =
        length > 0 && length < line.size() && (line[length] == '.' || line[length] == ')');
    length = number ? length + 1 : 0;
  }
  const bool spaced = length == line.size() || line[length] == ' ' || line[length] == '\t';
  return spaced ? length : 0;
}

class BlockReader {
 public:
  Document Run(std::string_view text) {
    document_.title = TakeFrontMatter(text);
    while (!text.empty()) AddLine(TakeLine(text));
    EndParagraph();
    return std::move(document_);
  }

 private:
  void AddLine(std::string_view whole) {
    if (!fence_.empty()) return AddCode(whole);
    if (in_comment_ || whole.find("<!--") != std::string_view::npos) {
      const std::string visible = WithoutComments(whole);
      return AddVisible(visible);
    }
    AddVisible(whole);
  }

  void AddVisible(std::string_view whole) {
    const size_t indent = whole.find_first_not_of(' ');
    std::string_view line = Trimmed(whole);
    if (line.empty()) return EndParagraph();
    if (!paragraph_.empty() && (ConsistsOf(line, "=") || ConsistsOf(line, "-")))
      return EndHeading();
    if (IsThematicBreak(line)) return EndParagraph();
    for (size_t marker; !line.empty() && (marker = MarkerLength(line)) > 0;) {
      if (line.front() != '>') EndParagraph();
      line = Trimmed(line.substr(marker));
      if (line.starts_with("[ ] ") || line.starts_with("[x] ")) line.remove_prefix(4);
    }
    if (line.starts_with("```") || line.starts_with("~~~")) return BeginCode(line);
    const size_t level = std::min(line.find_first_not_of('#'), line.size());
    if (indent < 4 && level >= 1 && level <= 6 && (level == line.size() || line[level] == ' ')) {
      EndParagraph();
      paragraph_ = Trimmed(line.substr(level));
      while (paragraph_.ends_with('#')) paragraph_.pop_back();
      return EndHeading();
    }
    if (IsReference(line)) return;
    if (IsTableRule(line)) return BeginTable();
    paragraph_ += line;
    paragraph_ += '\n';
    if (in_table_ || line.starts_with('|')) BlankPipes();
  }

  void AddCode(std::string_view line) {
    const std::string_view trimmed = Trimmed(line);
    if (trimmed.size() >= fence_.size() && ConsistsOf(trimmed, fence_.substr(0, 1))) {
      fence_.clear();
    } else {
      document_.text += line;
    }
    document_.text += '\n';
  }

  void BeginCode(std::string_view line) {
    EndParagraph();
    fence_ = line.substr(0, std::min(line.find_first_not_of(line[0]), line.size()));
  }

  void BeginTable() {
    BlankPipes();
    in_table_ = true;
  }

  void BlankPipes() { std::replace(paragraph_.begin(), paragraph_.end(), '|', ' '); }

  std::string WithoutComments(std::string_view line) {
    std::string visible;
    while (!line.empty()) {
      const std::string_view border = in_comment_ ? "-->" : "<!--";
      const size_t found = line.find(border);
      if (!in_comment_) visible += line.substr(0, found);
      if (found == std::string_view::npos) break;
      line.remove_prefix(found + border.size());
      in_comment_ = !in_comment_;
    }
    return visible;
  }

  void EndParagraph() {
    in_table_ = false;
    if (paragraph_.empty()) return;
    AppendInline(paragraph_, document_.text);
    document_.text += "\n\n";
    paragraph_.clear();
  }

  void EndHeading() {
    const size_t begin = document_.text.size();
    EndParagraph();
    const std::string heading = Squeezed(std::string_view(document_.text).substr(begin));
    if (found_heading_ || heading.empty()) return;
    found_heading_ = true;
    if (document_.title.empty()) document_.title = heading;
    if (document_.title == heading) document_.text.resize(begin);
  }

  Document document_;
  std::string paragraph_, fence_;
  bool in_comment_ = false, in_table_ = false, found_heading_ = false;
};

}  // namespace

Document ParseMarkdown(std::string_view markdown) { return BlockReader().Run(markdown); }

}  // namespace dpr
