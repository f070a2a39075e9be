// Titles and texts of documents. The text's white space is not yet squeezed; blocks (paragraphs,
// list items, cells) are apart by at least one white space.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dpr {

struct Document {
  std::string title;  // empty: the document names none
  std::string text;
};

// Runs of white space (no-break space too) as one space, none at the ends.
std::string Squeezed(std::string_view text);

// HTML as browsers read it, entities decoded. A page with a <main> is what that holds. Left out is
// what is not content: scripts and styles, forms' controls, what is hidden, and navigation: <nav>,
// the <header> and <footer> of the page (not those of an article or section), ARIA's navigation
// roles, and elements whose id or class says so (`nav`, `navbar`, `docnav`, `breadcrumbs`, `toc`
// ...). The title is <title>'s, else the first heading's; a first heading that only repeats the
// title is left out of the text.
// kInvalid when the page is larger than kLargestHtml, or so tangled that parsing it costs far more
// memory or time than its size explains.
constexpr size_t kLargestHtml = size_t{16} << 20;
Document ParseHtml(std::string_view html);

// Markdown (CommonMark with tables and front matter) as plain text: markup goes, what a reader
// would see stays, code included. The title is the front matter's `title`, else the first
// heading's, which is then left out of the text.
Document ParseMarkdown(std::string_view markdown);

}  // namespace dpr
