// Text as the tokens that string answer matching compares: NFD, runs of letters, numbers and marks
// or single other characters, lower-cased one by one.
#pragma once

#include <string>
#include <string_view>

namespace dpr {

// The tokens, each with a line feed behind it and one before the first: "\nthe\nu\n.\nk\n.\n". No
// token holds a line feed, so that one token sequence stands in another exactly if this form of it
// does. Without tokens: "\n". Invalid UTF-8 is read as U+FFFD.
std::string AnswerTokens(std::string_view text);

// `text` in NFD, as UTF-16.
std::u16string DecomposeToUtf16(std::string_view text);

}  // namespace dpr
