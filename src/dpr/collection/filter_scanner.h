// The words of a filter expression, one after the other.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dpr {

struct FilterToken {
  enum class Kind { kEnd, kWord, kQuoted, kNumber, kSymbol };
  Kind kind = Kind::kEnd;
  size_t begin = 0;  // its first byte
  std::string text;  // as written; of kQuoted what is between the quotes, escapes resolved
};

// kUsage for what is no word of the language: a quote that is not closed, a number like 01.
class FilterScanner {
 public:
  explicit FilterScanner(std::string_view text);

  const FilterToken& token() const { return token_; }  // the one at hand
  FilterToken Take();                                  // gives it and goes on to the next
  bool IsSymbol(std::string_view symbol) const;
  // Is it this word of the language, which may be in capitals?
  bool IsKeyword(std::string_view keyword) const;
  bool TakeSymbol(std::string_view symbol);  // when it is that
  bool TakeKeyword(std::string_view keyword);

  // "expected WHAT, but there is TOKEN"
  [[noreturn]] void FailExpected(const std::string& what, const std::string& hint = {}) const;
  [[noreturn]] void Fail(const std::string& problem, size_t at, const std::string& hint = {}) const;

 private:
  void Advance();
  void ScanWord();
  void ScanQuoted();
  void ScanNumber();
  void ScanSymbol();
  void ScanEscape();

  std::string_view text_;
  size_t at_ = 0;  // behind the token
  FilterToken token_;
};

}  // namespace dpr
