// The lists of answers in DPR's .qa.csv files: Python list literals of strings, as repr() writes
// them and eval() reads them, or JSON arrays of strings.
//
// Python's rules hold: 'a' or "a", strings beside each other are one, the escapes \\ \' \" \a \b \f
// \n \r \t \v \ooo \xhh \uhhhh \Uhhhhhhhh, and any other backslash is itself (regular expressions
// need that). JSON differs in two points, in which JSON's rule holds, since Python's would give no
// text: a pair of \u surrogates is one character; "\/" between double quotes is "/".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dpr {

// Throws kInvalid, with "character N" as its place, for anything else than such a list.
std::vector<std::string> ParseStringList(std::string_view literal);

}  // namespace dpr
