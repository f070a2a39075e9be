// ParseHtml of document.h: a walk over the tree, with a stack of its own since pages may be nested
// deeply.
#include <algorithm>
#include <array>
#include <vector>

#include "dpr/base/error.h"
#include "dpr/data/document.h"
#include "dpr/data/gumbo_tree.h"

namespace dpr {
namespace {

template <typename T, size_t n>
bool IsOneOf(const T& value, const std::array<T, n>& values) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// Elements inside a line of text. All others separate words.
constexpr std::array kInline = {
    GUMBO_TAG_A,     GUMBO_TAG_ABBR, GUMBO_TAG_ACRONYM, GUMBO_TAG_B,      GUMBO_TAG_BDI,
    GUMBO_TAG_BDO,   GUMBO_TAG_BIG,  GUMBO_TAG_CITE,    GUMBO_TAG_CODE,   GUMBO_TAG_DATA,
    GUMBO_TAG_DEL,   GUMBO_TAG_DFN,  GUMBO_TAG_EM,      GUMBO_TAG_FONT,   GUMBO_TAG_I,
    GUMBO_TAG_IMG,   GUMBO_TAG_INS,  GUMBO_TAG_KBD,     GUMBO_TAG_LABEL,  GUMBO_TAG_MARK,
    GUMBO_TAG_NOBR,  GUMBO_TAG_Q,    GUMBO_TAG_RUBY,    GUMBO_TAG_S,      GUMBO_TAG_SAMP,
    GUMBO_TAG_SMALL, GUMBO_TAG_SPAN, GUMBO_TAG_STRIKE,  GUMBO_TAG_STRONG, GUMBO_TAG_SUB,
    GUMBO_TAG_SUP,   GUMBO_TAG_TIME, GUMBO_TAG_TT,      GUMBO_TAG_U,      GUMBO_TAG_VAR,
    GUMBO_TAG_WBR};

// Elements without content for a reader of the page's text.
constexpr std::array kLeftOut = {
    GUMBO_TAG_HEAD,   GUMBO_TAG_SCRIPT,  GUMBO_TAG_STYLE,  GUMBO_TAG_NOSCRIPT, GUMBO_TAG_TEMPLATE,
    GUMBO_TAG_IFRAME, GUMBO_TAG_OBJECT,  GUMBO_TAG_EMBED,  GUMBO_TAG_CANVAS,   GUMBO_TAG_AUDIO,
    GUMBO_TAG_VIDEO,  GUMBO_TAG_SVG,     GUMBO_TAG_SELECT, GUMBO_TAG_BUTTON,   GUMBO_TAG_TEXTAREA,
    GUMBO_TAG_NAV,    GUMBO_TAG_NOFRAMES};

// In these, <header> and <footer> are the part's own and belong to the content.
constexpr std::array kSections = {GUMBO_TAG_ARTICLE, GUMBO_TAG_ASIDE,      GUMBO_TAG_MAIN,
                                  GUMBO_TAG_SECTION, GUMBO_TAG_BLOCKQUOTE, GUMBO_TAG_FIGURE,
                                  GUMBO_TAG_TD};

constexpr std::array kHeadings = {GUMBO_TAG_H1, GUMBO_TAG_H2, GUMBO_TAG_H3,
                                  GUMBO_TAG_H4, GUMBO_TAG_H5, GUMBO_TAG_H6};

// They hold the page, whatever their class says.
constexpr std::array kNeverLeftOut = {GUMBO_TAG_HTML, GUMBO_TAG_BODY, GUMBO_TAG_MAIN,
                                      GUMBO_TAG_ARTICLE};

constexpr std::array<std::string_view, 8> kNavigationRoles = {
    "navigation", "banner", "contentinfo", "search", "menu", "menubar", "toolbar", "doc-toc"};

constexpr std::array<std::string_view, 16> kNavigationNames = {
    "nav",        "navbar", "navigation", "navheader", "navfooter",  "navlinks",
    "docnav",     "topnav", "sidenav",    "subnav",    "breadcrumb", "breadcrumbs",
    "pagination", "toc",    "skip-link",  "skiplink"};

std::string_view Attribute(const GumboElement& element, const char* name) {
  const GumboAttribute* attribute = gumbo_get_attribute(&element.attributes, name);
  return attribute == nullptr ? std::string_view() : std::string_view(attribute->value);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

template <typename Names>
bool HasWordOf(std::string_view words, const Names& names) {
  constexpr std::string_view kSpace = " \t\r\n\f";
  const std::string lower = Lower(words);
  for (size_t at = 0; (at = lower.find_first_not_of(kSpace, at)) != std::string::npos;) {
    const size_t end = std::min(lower.find_first_of(kSpace, at), lower.size());
    if (IsOneOf(std::string_view(lower).substr(at, end - at), names)) return true;
    at = end;
  }
  return false;
}

bool IsHidden(const GumboElement& element) {
  if (gumbo_get_attribute(&element.attributes, "hidden") != nullptr) return true;
  if (Attribute(element, "aria-hidden") == "true") return true;
  std::string style = Lower(Attribute(element, "style"));
  std::erase(style, ' ');
  return style.find("display:none") != std::string::npos;
}

// `in_section`: is the element inside an article, a section and the like?
bool IsLeftOut(const GumboElement& element, bool in_section) {
  if (IsOneOf(element.tag, kNeverLeftOut)) return false;
  if (IsOneOf(element.tag, kLeftOut)) return true;
  if (!in_section && (element.tag == GUMBO_TAG_HEADER || element.tag == GUMBO_TAG_FOOTER)) {
    return true;
  }
  if (element.attributes.length == 0) return false;
  const std::string_view id = Attribute(element, "id");
  return IsHidden(element) || HasWordOf(Attribute(element, "role"), kNavigationRoles) ||
         HasWordOf(Attribute(element, "class"), kNavigationNames) ||
         HasWordOf(id, kNavigationNames) || Lower(id) == "banner";
}

// The element of a page's own content; there is at most one.
bool IsMain(const GumboElement& element) {
  return element.tag == GUMBO_TAG_MAIN || Attribute(element, "role") == "main";
}

const GumboVector* Children(const GumboNode& node) {
  if (node.type == GUMBO_NODE_DOCUMENT) return &node.v.document.children;
  const bool element = node.type == GUMBO_NODE_ELEMENT || node.type == GUMBO_NODE_TEMPLATE;
  return element ? &node.v.element.children : nullptr;
}

bool IsText(const GumboNode& node) {
  return node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_WHITESPACE ||
         node.type == GUMBO_NODE_CDATA;
}

// The text of <title> in <head>.
std::string TitleOf(const GumboNode& root) {
  const GumboNode* node = &root;
  for (const GumboTag tag : {GUMBO_TAG_HTML, GUMBO_TAG_HEAD, GUMBO_TAG_TITLE}) {
    const GumboNode* found = nullptr;
    const GumboVector* children = Children(*node);
    for (unsigned i = 0; i < children->length && found == nullptr; ++i) {
      const auto* child = static_cast<const GumboNode*>(children->data[i]);
      if (child->type == GUMBO_NODE_ELEMENT && child->v.element.tag == tag) found = child;
    }
    if (found == nullptr) return {};
    node = found;
  }
  const GumboVector& texts = node->v.element.children;
  if (texts.length == 0) return {};
  return Squeezed(static_cast<const GumboNode*>(texts.data[0])->v.text.text);
}

class TextWalk {
 public:
  Document Run(const GumboNode& root) {
    document_.title = TitleOf(root);
    stack_.push_back({&root});
    while (!stack_.empty()) {
      Step& step = stack_.back();
      const GumboVector& children = *Children(*step.node);
      if (step.next == children.length) {
        Leave(step);
        stack_.pop_back();
      } else {
        Visit(*static_cast<const GumboNode*>(children.data[step.next++]), step.in_section);
      }
    }
    if (main_.find_first_not_of(" \t\r\n") != std::string::npos) document_.text = std::move(main_);
    return std::move(document_);
  }

 private:
  struct Step {
    const GumboNode* node = nullptr;
    bool in_section = false;
    unsigned next = 0;
    size_t begin = 0;  // of the element's text
  };

  void Visit(const GumboNode& node, bool in_section) {
    if (IsText(node)) document_.text += node.v.text.text;
    if (node.type != GUMBO_NODE_ELEMENT) return;
    const GumboElement& element = node.v.element;
    if (!IsOneOf(element.tag, kInline)) document_.text += '\n';
    if (IsLeftOut(element, in_section)) return;
    stack_.push_back(
        {&node, in_section || IsOneOf(element.tag, kSections), 0, document_.text.size()});
  }

  void Leave(const Step& step) {
    if (step.node->type != GUMBO_NODE_ELEMENT) return;
    const GumboTag tag = step.node->v.element.tag;
    if (!found_heading_ && IsOneOf(tag, kHeadings)) LeaveFirstHeading(step.begin);
    if (!IsOneOf(tag, kInline)) document_.text += '\n';
    if (IsMain(step.node->v.element)) main_.append(document_.text, step.begin);
  }

  void LeaveFirstHeading(size_t begin) {
    const std::string heading = Squeezed(std::string_view(document_.text).substr(begin));
    if (heading.empty()) return;
    found_heading_ = true;
    if (document_.title.empty()) document_.title = heading;
    if (document_.title == heading) document_.text.resize(begin);
  }

  std::vector<Step> stack_;
  Document document_;
  std::string main_;  // the part of the text inside <main>
  bool found_heading_ = false;
};

}  // namespace

std::string Squeezed(std::string_view text) {
  constexpr std::string_view kNoBreakSpace = "\xc2\xa0";
  std::string squeezed;
  bool space = false;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool no_break = text.substr(at, 2) == kNoBreakSpace;
    if (no_break) ++at;
    if (no_break || std::string_view(" \t\r\n\f\v").find(text[at]) != std::string_view::npos) {
      space = !squeezed.empty();
      continue;
    }
    if (space) squeezed += ' ';
    space = false;
    squeezed += text[at];
  }
  return squeezed;
}

Document ParseHtml(std::string_view html) {
  if (html.size() > kLargestHtml) {
    throw Error(ErrorCode::kInvalid,
                "the page is larger than " + std::to_string(kLargestHtml) + " bytes");
  }
  const GumboTree tree(html);
  return TextWalk().Run(*tree.root());
}

}  // namespace dpr
