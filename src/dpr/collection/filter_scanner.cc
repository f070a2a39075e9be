#include "dpr/collection/filter_scanner.h"

#include <algorithm>
#include <array>

#include "dpr/base/error.h"
#include "dpr/base/utf8.h"
#include "dpr/data/json_numbers.h"
#include "dpr/data/record_check.h"

namespace dpr {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Letters of any script: whatever is not ASCII.
bool BeginsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool ContinuesWord(char c) { return BeginsWord(c) || IsDigit(c) || c == '-'; }

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Behind the number that begins at `at` by JSON's grammar; `at` where there is none.
size_t EndOfNumber(std::string_view text, size_t at) {
  const auto digits = [&](size_t from) {
    while (from < text.size() && IsDigit(text[from])) ++from;
    return from;
  };
  const size_t whole = at + (text[at] == '-' ? 1 : 0);
  size_t end = digits(whole);
  if (end == whole || (text[whole] == '0' && end > whole + 1)) return at;
  if (end < text.size() && text[end] == '.') {
    const size_t fraction = end + 1;
    end = digits(fraction);
    if (end == fraction) return at;
  }
  if (end < text.size() && ToLower(text[end]) == 'e') {
    size_t exponent = end + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    end = digits(exponent);
    if (end == exponent) return at;
  }
  return end;
}

}  // namespace

FilterScanner::FilterScanner(std::string_view text) : text_(text) {
  if (!IsUtf8(text)) Fail("the expression is not UTF-8", 0);
  Advance();
}

void FilterScanner::Fail(const std::string& problem, size_t at, const std::string& hint) const {
  size_t column = 1;
  for (size_t i = 0; i < at; ++column) NextCodePoint(text_, i);
  throw Error(ErrorCode::kUsage, problem, "filter, column " + std::to_string(column), hint);
}

void FilterScanner::FailExpected(const std::string& what, const std::string& hint) const {
  const std::string found =
      token_.kind == FilterToken::Kind::kEnd
          ? "the expression ends"
          : "there is " + Quoted(text_.substr(token_.begin, at_ - token_.begin));
  Fail("expected " + what + ", but " + found, token_.begin, hint);
}

FilterToken FilterScanner::Take() {
  FilterToken taken = std::move(token_);
  Advance();
  return taken;
}

bool FilterScanner::IsSymbol(std::string_view symbol) const {
  return token_.kind == FilterToken::Kind::kSymbol && token_.text == symbol;
}

bool FilterScanner::IsKeyword(std::string_view keyword) const {
  return token_.kind == FilterToken::Kind::kWord &&
         std::ranges::equal(token_.text, keyword, {}, ToLower);
}

bool FilterScanner::TakeSymbol(std::string_view symbol) {
  if (!IsSymbol(symbol)) return false;
  Advance();
  return true;
}

bool FilterScanner::TakeKeyword(std::string_view keyword) {
  if (!IsKeyword(keyword)) return false;
  Advance();
  return true;
}

void FilterScanner::Advance() {
  while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
  token_ = {FilterToken::Kind::kEnd, at_, {}};
  if (at_ == text_.size()) return;
  const char c = text_[at_];
  if (BeginsWord(c)) {
    ScanWord();
  } else if (c == '"' || c == '\'') {
    ScanQuoted();
  } else if (IsDigit(c) || c == '-') {
    ScanNumber();
  } else {
    ScanSymbol();
  }
}

void FilterScanner::ScanWord() {
  token_.kind = FilterToken::Kind::kWord;
  while (at_ < text_.size() && ContinuesWord(text_[at_])) ++at_;
  token_.text = text_.substr(token_.begin, at_ - token_.begin);
}

void FilterScanner::ScanQuoted() {
  token_.kind = FilterToken::Kind::kQuoted;
  const char quote = text_[at_++];
  while (true) {
    if (at_ == text_.size()) Fail("the quote is not closed", token_.begin);
    const char c = text_[at_++];
    if (c == quote) {
      if (at_ == text_.size() || text_[at_] != quote) return;
      ++at_;  // doubled: the quote itself
      token_.text += quote;
    } else if (c == '\\') {
      ScanEscape();
    } else {
      if (c == '\0') Fail("a text cannot hold a NUL", at_ - 1);
      token_.text += c;
    }
  }
}

void FilterScanner::ScanEscape() {
  constexpr std::string_view kLetters = "nrt\\\"'", kMeanings = "\n\r\t\\\"'";
  const size_t which = at_ < text_.size() ? kLetters.find(text_[at_]) : kLetters.npos;
  if (which == kLetters.npos) {
    Fail("a backslash in quotes stands before n, r, t, a quote or a backslash", at_ - 1,
         "Write a backslash itself as \\\\");
  }
  ++at_;
  token_.text += kMeanings[which];
}

// Metadata keeps a number that no double or 64-bit integer is equal to as text.
void FilterScanner::ScanNumber() {
  token_.kind = FilterToken::Kind::kNumber;
  const size_t end = EndOfNumber(text_, at_);
  if (end == at_ || (end < text_.size() && (ContinuesWord(text_[end]) || text_[end] == '.'))) {
    Fail("this is no number as JSON writes them", at_, "Put a text in quotes");
  }
  token_.text = text_.substr(at_, end - at_);
  if (QuoteInexactNumbers(token_.text) != token_.text) {
    Fail("no number in metadata is exactly " + Quoted(token_.text), at_,
         "dpr keeps such a number as text: put it in quotes");
  }
  at_ = end;
}

void FilterScanner::ScanSymbol() {
  constexpr std::array<std::string_view, 12> kSymbols = {"==", "!=", "<>", "<=", ">=", "=",
                                                         "<",  ">",  "(",  ")",  ",",  "."};
  const std::string_view rest = text_.substr(at_);
  for (const std::string_view symbol : kSymbols) {
    if (!rest.starts_with(symbol)) continue;
    token_.kind = FilterToken::Kind::kSymbol;
    token_.text = symbol;
    at_ += symbol.size();
    return;
  }
  Fail(Quoted(rest.substr(0, 1)) + " means nothing here", at_,
       "A field with such a character in its name is put in quotes, as a text is");
}

}  // namespace dpr
