#include "dpr/lexical/word_breaker.h"

#include <unicode/brkiter.h>
#include <unicode/locid.h>
#include <unicode/ubrk.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>

#include "dpr/base/error.h"
#include "dpr/base/utf8.h"

namespace dpr {
namespace {

// The word break classes of ASCII.
enum class Class : uint8_t { kOther, kLetter, kDigit, kUnderscore, kMidNumber, kMidBoth };

constexpr std::array<Class, 128> AsciiClasses() {
  std::array<Class, 128> classes = {};
  for (char c = 'a'; c <= 'z'; ++c) classes[c] = classes[c - 'a' + 'A'] = Class::kLetter;
  for (char c = '0'; c <= '9'; ++c) classes[c] = Class::kDigit;
  classes['_'] = Class::kUnderscore;
  classes[','] = classes[';'] = Class::kMidNumber;
  classes['.'] = classes['\''] = Class::kMidBoth;
  return classes;
}
constexpr std::array<Class, 128> kClasses = AsciiClasses();

Class ClassAt(std::string_view text, size_t at) {
  return at < text.size() ? kClasses[static_cast<unsigned char>(text[at])] : Class::kOther;
}

bool IsInside(Class c) {
  return c == Class::kLetter || c == Class::kDigit || c == Class::kUnderscore;
}

// May `middle` stand between `before` and `after` within one word (rules WB6, WB7, WB11, WB12)?
bool Joins(Class before, Class middle, Class after) {
  if (before == Class::kLetter && after == Class::kLetter) {
    return middle == Class::kMidBoth;
  }
  if (before == Class::kDigit && after == Class::kDigit) {
    return middle == Class::kMidNumber || middle == Class::kMidBoth;
  }
  return false;
}

bool IsAscii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
}

void Check(UErrorCode status) { DPR_CHECK(U_SUCCESS(status)); }

}  // namespace

struct WordBreaker::Icu {
  Icu() {
    UErrorCode status = U_ZERO_ERROR;
    words.reset(icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), status));
    Check(status);
  }

  std::unique_ptr<icu::BreakIterator> words;
  icu::UnicodeString text;
};

WordBreaker::WordBreaker() : icu_(std::make_unique<Icu>()) {}
WordBreaker::~WordBreaker() = default;
WordBreaker::WordBreaker(WordBreaker&&) noexcept = default;
WordBreaker& WordBreaker::operator=(WordBreaker&&) noexcept = default;

void WordBreaker::ForEachWord(std::string_view text, const Visitor& visit) {
  // Between two spaces nothing joins, so pieces of ASCII between them need no ICU.
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t foreign =
        static_cast<size_t>(std::find_if(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                         text.end(), [](char c) { return (c & 0x80) != 0; }) -
                            text.begin());
    if (foreign == text.size()) return BreakAscii(text.substr(begin), visit);
    const size_t space = text.find_last_of(' ', foreign);
    const size_t cut = space == text.npos || space < begin ? begin : space + 1;
    BreakAscii(text.substr(begin, cut - begin), visit);
    size_t end = std::min(text.find(' ', foreign), text.size());
    // The dictionaries look across spaces that stand between foreign words.
    while (end < text.size()) {
      const size_t next = std::min(text.find(' ', end + 1), text.size());
      if (IsAscii(text.substr(end, next - end))) break;
      end = next;
    }
    ForEachWordByIcu(text.substr(cut, end - cut), visit);
    begin = end;
  }
}

void WordBreaker::BreakAscii(std::string_view text, const Visitor& visit) {
  for (size_t at = 0; at < text.size();) {
    Class last = ClassAt(text, at);
    if (!IsInside(last)) {
      ++at;
      continue;
    }
    word_.clear();
    while (true) {
      const char c = text[at];
      word_.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
      const Class next = ClassAt(text, ++at);
      if (IsInside(next)) {
        last = next;
        continue;
      }
      const Class after = ClassAt(text, at + 1);
      if (!Joins(last, next, after)) break;
      word_.push_back(text[at++]);
      last = after;
    }
    if (word_ != "_") visit(word_);  // two are a word, by Unicode's rules
  }
}

void WordBreaker::ForEachWordByIcu(std::string_view text, const Visitor& visit) {
  icu_->text = icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  icu_->words->setText(icu_->text);
  int32_t begin = icu_->words->first();
  for (int32_t end = icu_->words->next(); end != icu::BreakIterator::DONE;
       begin = end, end = icu_->words->next()) {
    if (icu_->words->getRuleStatus() < UBRK_WORD_NONE_LIMIT) continue;
    icu::UnicodeString word(icu_->text, begin, end - begin);
    word.toLower(icu::Locale::getRoot());
    word_.clear();
    word.toUTF8String(word_);
    visit(word_);
  }
}

}  // namespace dpr
