// A check of pages in tests: that what HtmlPage writes is well-formed XML.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace dpr {

// What is wrong with `page` first, or nothing: a tag that is not closed in its order, an attribute
// without quotes or given twice, a bare '<' or '&', an entity that XML does not know. Knows of XML
// what such pages use.
class WellFormedCheck {
 public:
  static std::string Problem(std::string_view page) {
    WellFormedCheck check(page);
    return check.Walk();
  }

 private:
  explicit WellFormedCheck(std::string_view page) : page_(page) {}

  std::string Walk() {
    if (page_.starts_with("<!DOCTYPE html>")) at_ = 15;
    while (at_ < page_.size() && problem_.empty()) {
      if (page_[at_] == '&') {
        Entity();
      } else if (Take("<![CDATA[")) {
        at_ = page_.find("]]>", at_);
        if (!Take("]]>")) Fail("CDATA without an end");
      } else if (Take("</")) {
        const std::string name = Name();
        if (open_.empty() || open_.back() != name) Fail("unexpected </" + name + ">");
        if (!open_.empty()) open_.pop_back();
        if (!Take(">")) Fail("an end tag with more in it");
      } else if (Take("<")) {
        StartTag();
      } else if (static_cast<unsigned char>(page_[at_]) < 0x20 && page_[at_] != '\n' &&
                 page_[at_] != '\t') {
        Fail("a control character");
      } else {
        ++at_;
      }
    }
    if (problem_.empty() && !open_.empty()) Fail("<" + open_.back() + "> is not closed");
    return problem_;
  }

  void StartTag() {
    const std::string name = Name();
    if (name.empty()) return Fail("a bare <");
    std::vector<std::string> attributes;
    while (problem_.empty()) {
      const bool space = TakeSpace();
      if (Take("/>")) return;
      if (Take(">")) return open_.push_back(name);
      attributes.push_back(Name());
      if (!space || attributes.back().empty()) return Fail("not an attribute in <" + name);
      for (size_t i = 0; i + 1 < attributes.size(); ++i) {
        if (attributes[i] == attributes.back()) return Fail("twice: " + attributes[i]);
      }
      if (!Take("=\"")) return Fail("an attribute without quotes in <" + name);
      while (problem_.empty() && !Take("\"")) {
        if (at_ >= page_.size() || page_[at_] == '<') return Fail("a bare < in an attribute");
        page_[at_] == '&' ? Entity() : static_cast<void>(++at_);
      }
    }
  }

  void Entity() {
    for (const char* entity : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"}) {
      if (Take(entity)) return;
    }
    Fail("a bare &");
  }

  std::string Name() {
    const size_t begin = at_;
    while (at_ < page_.size() &&
           (std::isalnum(static_cast<unsigned char>(page_[at_])) != 0 || page_[at_] == '-')) {
      ++at_;
    }
    return std::string(page_.substr(begin, at_ - begin));
  }

  bool TakeSpace() {
    const size_t begin = at_;
    while (Take(" ") || Take("\n")) continue;
    return at_ > begin;
  }

  bool Take(std::string_view text) {
    if (at_ > page_.size() || !page_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    return true;
  }

  void Fail(const std::string& what) {
    at_ = std::min(at_, page_.size());
    const size_t begin = at_ < 60 ? 0 : at_ - 60;
    problem_ = what + " after: " + std::string(page_.substr(begin, at_ - begin));
  }

  std::string_view page_;
  size_t at_ = 0;
  std::vector<std::string> open_;
  std::string problem_;
};

}  // namespace dpr
