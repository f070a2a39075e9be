// A self-contained HTML page: one file that needs nothing from elsewhere, no network, no fonts and,
// but for values under the pointer, no script. Light or dark as the reader's system is, one column
// on a narrow screen, and fit for printing.
//
// The page is well-formed XML too, so that any XML parser can read it. All texts are UTF-8 and are
// escaped here; only a Figure's SVG is taken as it is. Not thread-safe.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dpr/report/figure.h"
#include "dpr/report/table.h"

namespace dpr {

enum class Tone { kNeutral, kGood, kWarning };

// A number to be seen first.
struct KeyFigure {
  std::string name;
  std::string value;
  std::string note;  // may be empty
};

class HtmlPage {
 public:
  explicit HtmlPage(std::string title);

  // Beside the title: what state the page's subject is in.
  void SetBadge(const std::string& text, Tone tone);
  void SetSubtitle(std::string text);

  // Each of these goes below what there is.
  void AddHeading(const std::string& text);
  void AddParagraph(const std::string& text);
  void AddCode(const std::string& text);  // a command line, a piece of a file
  void AddList(const std::vector<std::string>& items);
  void AddKeyFigures(const std::vector<KeyFigure>& figures);  // in a row
  // Terms and what stands for each.
  void AddDefinitions(const std::vector<std::pair<std::string, std::string>>& definitions);
  void AddTable(const Table& table);
  void AddFigures(const std::vector<Figure>& figures);  // side by side where there is room

  std::string Html() const;

 private:
  std::string title_, subtitle_;
  std::string badge_;  // an element, or nothing
  std::string body_;
  bool has_figures_ = false;
};

}  // namespace dpr
