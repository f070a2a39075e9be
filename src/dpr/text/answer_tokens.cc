#include "dpr/text/answer_tokens.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <limits>

#include "dpr/base/error.h"
#include "dpr/base/utf8.h"

namespace dpr {
namespace {

constexpr char kTokenEnd = '\n';

enum class Class { kWord, kSeparator, kSymbol };

Class AsciiClass(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  if (letter || (c >= '0' && c <= '9')) return Class::kWord;
  return c <= ' ' || c == 0x7F ? Class::kSeparator : Class::kSymbol;
}

Class ClassOf(UChar32 c) {
  constexpr uint32_t kWord = U_GC_L_MASK | U_GC_N_MASK | U_GC_M_MASK;
  constexpr uint32_t kNone = U_GC_Z_MASK | U_GC_C_MASK;
  const uint32_t category = U_GET_GC_MASK(c);
  if ((category & kWord) != 0) return Class::kWord;
  return (category & kNone) != 0 ? Class::kSeparator : Class::kSymbol;
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0; });
}

std::string AsciiTokens(std::string_view text) {
  std::string tokens(1, kTokenEnd);
  bool in_word = false;
  for (const char c : text) {
    const Class kind = AsciiClass(c);
    if (in_word && kind != Class::kWord) tokens.push_back(kTokenEnd);
    in_word = kind == Class::kWord;
    if (kind != Class::kSeparator) tokens.push_back(in_word && c <= 'Z' && c >= 'A' ? c | 0x20 : c);
    if (kind == Class::kSymbol) tokens.push_back(kTokenEnd);
  }
  if (in_word) tokens.push_back(kTokenEnd);
  return tokens;
}

icu::UnicodeString Decompose(std::string_view text) {
  if (text.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max()) / 4) {
    throw Error(ErrorCode::kInvalid, "a text is too long to look for answers in", {},
                "Split it into passages");
  }
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* const nfd = icu::Normalizer2::getNFDInstance(status);
  DPR_CHECK(U_SUCCESS(status));
  const auto utf16 = icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  icu::UnicodeString decomposed = nfd->normalize(utf16, status);
  DPR_CHECK(U_SUCCESS(status));
  return decomposed;
}

void AppendLowered(const icu::UnicodeString& text, int32_t begin, int32_t end, std::string& out) {
  if (begin == end) return;
  // By itself: a sigma at the token's end is final whatever follows the token.
  icu::UnicodeString token(text, begin, end - begin);
  token.toLower(icu::Locale::getRoot()).toUTF8String(out);
  out.push_back(kTokenEnd);
}

}  // namespace

std::string AnswerTokens(std::string_view text) {
  if (IsAscii(text)) return AsciiTokens(text);
  const icu::UnicodeString decomposed = Decompose(text);
  std::string tokens(1, kTokenEnd);
  int32_t word = 0;
  for (int32_t at = 0; at < decomposed.length();) {
    const int32_t next = decomposed.moveIndex32(at, 1);
    const Class kind = ClassOf(decomposed.char32At(at));
    if (kind != Class::kWord) {
      AppendLowered(decomposed, word, at, tokens);
      if (kind == Class::kSymbol) AppendLowered(decomposed, at, next, tokens);
      word = next;
    }
    at = next;
  }
  AppendLowered(decomposed, word, decomposed.length(), tokens);
  return tokens;
}

std::u16string DecomposeToUtf16(std::string_view text) {
  const icu::UnicodeString decomposed = Decompose(text);
  return {decomposed.getBuffer(), static_cast<size_t>(decomposed.length())};
}

}  // namespace dpr
