#include "dpr/text/added_tokens.h"

#include <unicode/uchar.h>

#include <algorithm>

#include "dpr/base/utf8.h"
#include "dpr/text/bert_characters.h"

namespace dpr {
namespace {

// \w of Unicode's regular expressions (UTS #18, annex C).
bool IsWordCharacter(char32_t c) {
  const auto code_point = static_cast<UChar32>(c);
  constexpr uint32_t kWordCategories = U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK;
  return (U_GET_GC_MASK(code_point) & kWordCategories) != 0 ||
         u_hasBinaryProperty(code_point, UCHAR_ALPHABETIC) ||
         u_hasBinaryProperty(code_point, UCHAR_JOIN_CONTROL);
}

bool IsWordCharacterBefore(std::string_view text, size_t at) {
  return at > 0 && IsWordCharacter(PreviousCodePoint(text, at));
}

bool IsWordCharacterAt(std::string_view text, size_t at) {
  return at < text.size() && IsWordCharacter(NextCodePoint(text, at));
}

size_t WithoutWhiteSpaceBefore(std::string_view text, size_t at, size_t lowest) {
  while (at > lowest) {
    size_t previous = at;
    if (!bert_characters::IsWhiteSpace(PreviousCodePoint(text, previous))) break;
    at = previous;
  }
  return std::max(at, lowest);
}

size_t BehindWhiteSpace(std::string_view text, size_t at) {
  while (at < text.size()) {
    size_t next = at;
    if (!bert_characters::IsWhiteSpace(NextCodePoint(text, next))) break;
    at = next;
  }
  return at;
}

}  // namespace

AddedTokenFinder::AddedTokenFinder() : root_(trie_.AddRoot()) {}

bool AddedTokenFinder::Add(std::string_view pattern, const AddedToken& token, int32_t id) {
  if (!trie_.Insert(root_, pattern, static_cast<int32_t>(tokens_.size()))) return false;
  tokens_.push_back({id, token.single_word, token.strips_left, token.strips_right});
  bool& is_first = first_bytes_[static_cast<unsigned char>(pattern[0])];
  if (!is_first) ++distinct_first_bytes_;
  is_first = true;
  first_byte_ = pattern[0];
  return true;
}

size_t AddedTokenFinder::NextCandidate(std::string_view text, size_t at) const {
  if (distinct_first_bytes_ == 1) return std::min(text.find(first_byte_, at), text.size());
  while (at < text.size() && !first_bytes_[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

bool AddedTokenFinder::Find(std::string_view text, size_t begin, size_t& search,
                            Found& found) const {
  while ((search = NextCandidate(text, search)) < text.size()) {
    const PieceTrie::Match match = trie_.Longest(root_, text.substr(search));
    if (match.size == 0) {
      ++search;
      continue;
    }
    const Token& token = tokens_[static_cast<size_t>(match.value)];
    const size_t start = search;
    const size_t stop = search + match.size;
    search = stop;
    if (token.single_word &&
        (IsWordCharacterBefore(text, start) || IsWordCharacterAt(text, stop))) {
      continue;
    }
    found.id = token.id;
    found.begin =
        token.strips_left ? WithoutWhiteSpaceBefore(text, start, begin) : std::max(start, begin);
    found.end = token.strips_right ? BehindWhiteSpace(text, stop) : stop;
    return true;
  }
  return false;
}

}  // namespace dpr
