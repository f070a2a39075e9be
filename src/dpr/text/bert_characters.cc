#include "dpr/text/bert_characters.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <array>

#include "dpr/base/error.h"

namespace dpr::bert_characters {
namespace {

constexpr int kCategoryVersion = 8;
constexpr int kNormalizationVersion = 9;

bool IsAsOldAs(char32_t c, int unicode_version) {
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  if (age[0] == 0) return false;  // unassigned
  return age[0] < unicode_version || (age[0] == unicode_version && age[1] == 0);
}

// The category in Unicode 8.0.
int8_t Category(char32_t c) {
  switch (c) {     // changed after 8.0
    case 0x166D:   // CANADIAN SYLLABICS CHI SIGN, now So
    case 0x111C9:  // SHARADA SANDHI MARK, now Mn
      return U_OTHER_PUNCTUATION;
    case 0x1734:  // HANUNOO SIGN PAMUDPOD, now Mc
      return U_NON_SPACING_MARK;
    case 0xA9BD:  // JAVANESE CONSONANT SIGN KERET, now Mn
      return U_COMBINING_SPACING_MARK;
    case 0x1885:  // MONGOLIAN LETTER ALI GALI BALUDA and THREE BALUDA, now Mn
    case 0x1886:
      return U_OTHER_LETTER;
    default:
      if (!IsAsOldAs(c, kCategoryVersion)) return U_UNASSIGNED;
      return u_charType(static_cast<UChar32>(c));
  }
}

// Letters that got their lower case after Unicode 15.0, ICU 72's version.
struct NewCase {
  char32_t first, last, lower_of_first;
};
constexpr std::array<NewCase, 10> kNewCases = {{{0x1C89, 0x1C89, 0x1C8A},
                                                {0xA7CB, 0xA7CB, 0x0264},
                                                {0xA7CC, 0xA7CC, 0xA7CD},
                                                {0xA7CE, 0xA7CE, 0xA7CF},
                                                {0xA7D2, 0xA7D2, 0xA7D3},
                                                {0xA7D4, 0xA7D4, 0xA7D5},
                                                {0xA7DA, 0xA7DA, 0xA7DB},
                                                {0xA7DC, 0xA7DC, 0x019B},
                                                {0x10D50, 0x10D65, 0x10D70},
                                                {0x16EA0, 0x16EB8, 0x16EBB}}};

const icu::Normalizer2& Nfd() {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* const nfd = icu::Normalizer2::getNFDInstance(status);
  DPR_CHECK(U_SUCCESS(status) && nfd != nullptr);
  return *nfd;
}

}  // namespace

bool IsRemoved(char32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  if (c == 0 || c == 0xFFFD) return true;
  const int8_t category = Category(c);
  return category == U_CONTROL_CHAR || category == U_FORMAT_CHAR || category == U_PRIVATE_USE_CHAR;
}

bool IsWhiteSpace(char32_t c) { return u_isUWhiteSpace(static_cast<UChar32>(c)); }

bool IsChinese(char32_t c) {
  // Blocks of CJK ideographs. The gap U+2B820..U+2B91F is the reference's.
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B81F) ||
         (c >= 0x2B920 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0x2F800 && c <= 0x2FA1F);
}

bool IsPunctuation(char32_t c) {
  if (c < 0x80) {
    return (c >= 0x21 && c <= 0x2F) || (c >= 0x3A && c <= 0x40) || (c >= 0x5B && c <= 0x60) ||
           (c >= 0x7B && c <= 0x7E);
  }
  constexpr uint32_t kPunctuation = U_GC_P_MASK;
  return (U_MASK(Category(c)) & kPunctuation) != 0;
}

bool IsNonspacingMark(char32_t c) { return Category(c) == U_NON_SPACING_MARK; }

int CombiningClass(char32_t c) {
  return IsAsOldAs(c, kNormalizationVersion) ? u_getCombiningClass(static_cast<UChar32>(c)) : 0;
}

void AppendDecomposition(char32_t c, std::u32string& out) {
  icu::UnicodeString decomposition;
  if (!IsAsOldAs(c, kNormalizationVersion) ||
      !Nfd().getDecomposition(static_cast<UChar32>(c), decomposition)) {
    out.push_back(c);
    return;
  }
  for (int32_t i = 0; i < decomposition.length(); i = decomposition.moveIndex32(i, 1)) {
    out.push_back(static_cast<char32_t>(decomposition.char32At(i)));
  }
}

void AppendLowerCase(char32_t c, std::u32string& out) {
  if (c == 0x130) {  // LATIN CAPITAL LETTER I WITH DOT ABOVE: the only one with two
    out += U"i\u0307";
    return;
  }
  for (const NewCase& range : kNewCases) {
    if (c >= range.first && c <= range.last) {
      out.push_back(range.lower_of_first + (c - range.first));
      return;
    }
  }
  out.push_back(static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))));
}

}  // namespace dpr::bert_characters
