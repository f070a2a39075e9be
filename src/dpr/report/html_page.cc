#include "dpr/report/html_page.h"

#include <fmt/format.h>

#include <utility>

#include "dpr/report/html_style.h"
#include "dpr/report/html_text.h"

namespace dpr {
namespace {

const char* ToneClass(Tone tone) {
  switch (tone) {
    case Tone::kGood:
      return "good";
    case Tone::kWarning:
      return "warning";
    case Tone::kNeutral:
      break;
  }
  return "neutral";
}

const char* MarkClass(LegendMark mark) {
  switch (mark) {
    case LegendMark::kFaintLine:
      return "faint";
    case LegendMark::kBand:
      return "band";
    case LegendMark::kRing:
      return "ring";
    case LegendMark::kInterval:
      return "interval";
    case LegendMark::kLine:
      break;
  }
  return "line";
}

std::string LegendHtml(const std::vector<LegendEntry>& legend) {
  if (legend.empty()) return "";
  std::string html = "<ul class=\"legend\">\n";
  for (const LegendEntry& entry : legend) {
    html += fmt::format("<li><span class=\"mark {} c{}\"></span>{}</li>\n", MarkClass(entry.mark),
                        entry.colour % kFigureColours, EscapeHtml(entry.name));
  }
  return html + "</ul>\n";
}

std::string FigureHtml(const Figure& figure) {
  std::string html = "<figure>\n<figcaption><h3>" + EscapeHtml(figure.title) + "</h3>\n";
  if (!figure.note.empty()) html += "<p>" + EscapeHtml(figure.note) + "</p>\n";
  return html + LegendHtml(figure.legend) + "</figcaption>\n" + figure.svg + "</figure>\n";
}

}  // namespace

HtmlPage::HtmlPage(std::string title) : title_(std::move(title)) {}

void HtmlPage::SetBadge(const std::string& text, Tone tone) {
  badge_ = fmt::format("<span class=\"badge {}\">{}</span>\n", ToneClass(tone), EscapeHtml(text));
}

void HtmlPage::SetSubtitle(std::string text) { subtitle_ = std::move(text); }

void HtmlPage::AddHeading(const std::string& text) {
  body_ += "<h2>" + EscapeHtml(text) + "</h2>\n";
}

void HtmlPage::AddParagraph(const std::string& text) {
  body_ += "<p>" + EscapeHtml(text) + "</p>\n";
}

void HtmlPage::AddCode(const std::string& text) {
  body_ += "<pre><code>" + EscapeHtml(text) + "</code></pre>\n";
}

void HtmlPage::AddList(const std::vector<std::string>& items) {
  if (items.empty()) return;
  body_ += "<ul>\n";
  for (const std::string& item : items) body_ += "<li>" + EscapeHtml(item) + "</li>\n";
  body_ += "</ul>\n";
}

void HtmlPage::AddKeyFigures(const std::vector<KeyFigure>& figures) {
  if (figures.empty()) return;
  body_ += "<dl class=\"key\">\n";
  for (const KeyFigure& figure : figures) {
    body_ += fmt::format("<div><dt>{}</dt><dd class=\"value\">{}</dd>", EscapeHtml(figure.name),
                         EscapeHtml(figure.value));
    if (!figure.note.empty()) body_ += "<dd>" + EscapeHtml(figure.note) + "</dd>";
    body_ += "</div>\n";
  }
  body_ += "</dl>\n";
}

void HtmlPage::AddDefinitions(const std::vector<std::pair<std::string, std::string>>& definitions) {
  if (definitions.empty()) return;
  body_ += "<dl class=\"definitions\">\n";
  for (const auto& [term, meaning] : definitions) {
    body_ +=
        fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", EscapeHtml(term), EscapeHtml(meaning));
  }
  body_ += "</dl>\n";
}

void HtmlPage::AddTable(const Table& table) {
  body_ += "<div class=\"scroll\">\n" + table.Html() + "</div>\n";
}

void HtmlPage::AddFigures(const std::vector<Figure>& figures) {
  if (figures.empty()) return;
  has_figures_ = true;
  body_ += "<div class=\"figures\">\n";
  for (const Figure& figure : figures) body_ += FigureHtml(figure);
  body_ += "</div>\n";
}

std::string HtmlPage::Html() const {
  const std::string title = EscapeHtml(title_);
  std::string html =
      "<!DOCTYPE html>\n"
      "<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
      "<meta charset=\"utf-8\"/>\n"
      // Says to browsers what is true anyway: nothing comes from elsewhere.
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<meta name=\"color-scheme\" content=\"light dark\"/>\n";
  html += "<title>" + title + "</title>\n<style>\n" + HtmlStyle() + "</style>\n</head>\n<body>\n";
  html += "<header>\n<h1>" + title + "</h1>\n" + badge_;
  if (!subtitle_.empty()) html += "<p>" + EscapeHtml(subtitle_) + "</p>\n";
  html += "</header>\n<main>\n" + body_ + "</main>\n";
  if (has_figures_) html += "<script>\n" + HtmlScript() + "</script>\n";
  return html + "</body>\n</html>\n";
}

}  // namespace dpr
