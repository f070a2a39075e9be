// From the regular expressions of Python's `regex` module (version 0 behaviour, flags IGNORECASE,
// UNICODE and MULTILINE), in which CuratedTREC's answers are read, to ICU's.
//
// The two agree on most. They differ where a brace or a bracket is a literal, in named groups, in
// \s, \v, \Z, \m and \M, in letters that may not be escaped, and in case folding: `regex` folds
// characters one to one, ICU would take "ß" for "ss".
#pragma once

#include <string>
#include <string_view>

namespace dpr {

struct IcuRegex {
  std::string pattern;   // UTF-8
  bool dot_all = false;  // "." matches line feeds too
  std::string problem;   // not empty: cannot be used, and why
};

IcuRegex TranslateRegex(std::string_view pattern);

}  // namespace dpr
