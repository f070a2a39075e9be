// Unicode as the reference BertTokenizer sees it, code point by code point.
//
// The reference (Hugging Face tokenizers, "BertNormalizer" and "BertPreTokenizer") carries tables
// of three Unicode versions: general categories of 8.0, canonical decompositions and combining
// classes of 9.0, lower case of 17.0. Here they are ICU's tables (72 or later) seen through the age
// of each code point, plus the few facts that changed since. A golden test compares every code
// point. See docs/design/wordpiece.md.
#pragma once

#include <string>

namespace dpr::bert_characters {

// U+0000, U+FFFD, controls other than tab, line feed and carriage return, formats (Cf), private
// use.
bool IsRemoved(char32_t c);
bool IsWhiteSpace(char32_t c);
// The ideographs that stand as words of their own.
bool IsChinese(char32_t c);
// All ASCII that is neither letter nor digit nor space nor control, and category P.
bool IsPunctuation(char32_t c);
bool IsNonspacingMark(char32_t c);  // category Mn
int CombiningClass(char32_t c);

// Append the canonical decomposition, or the lower case, of `c`; `c` itself where it has none.
void AppendDecomposition(char32_t c, std::u32string& out);
void AppendLowerCase(char32_t c, std::u32string& out);

}  // namespace dpr::bert_characters
