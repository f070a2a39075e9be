#include "dpr/base/utf8.h"

namespace dpr {
namespace {

// What a leading byte promises (Unicode, table 3-7): how many bytes follow, and from where to where
// the first of them may be. The others may be anything from 80 to BF.
struct Lead {
  int following;  // -1: no leading byte
  unsigned char first_low, first_high;
};

Lead LeadOf(unsigned char byte) {
  if (byte < 0xC2) return {-1, 0, 0};
  if (byte < 0xE0) return {1, 0x80, 0xBF};
  if (byte == 0xE0) return {2, 0xA0, 0xBF};
  if (byte == 0xED) return {2, 0x80, 0x9F};
  if (byte < 0xF0) return {2, 0x80, 0xBF};
  if (byte == 0xF0) return {3, 0x90, 0xBF};
  if (byte < 0xF4) return {3, 0x80, 0xBF};
  if (byte == 0xF4) return {3, 0x80, 0x8F};
  return {-1, 0, 0};
}

}  // namespace

char32_t NextCodePoint(std::string_view text, size_t& at) {
  const auto byte = static_cast<unsigned char>(text[at++]);
  if (byte < 0x80) return byte;
  const Lead lead = LeadOf(byte);
  if (lead.following < 0) return kReplacementCharacter;
  char32_t code_point = byte & (0x3Fu >> lead.following);
  for (int i = 0; i < lead.following; ++i) {
    if (at == text.size()) return kReplacementCharacter;
    const auto next = static_cast<unsigned char>(text[at]);
    const unsigned char low = i == 0 ? lead.first_low : 0x80;
    const unsigned char high = i == 0 ? lead.first_high : 0xBF;
    if (next < low || next > high) return kReplacementCharacter;
    code_point = code_point << 6 | (next & 0x3Fu);
    ++at;
  }
  return code_point;
}

char32_t PreviousCodePoint(std::string_view text, size_t& at) {
  const size_t end = at;
  size_t begin = end - 1;
  while (begin > 0 && end - begin < 4 && (text[begin] & 0xC0) == 0x80) --begin;
  size_t next = begin;
  const char32_t code_point = NextCodePoint(text, next);
  at = next == end ? begin : end - 1;
  return next == end ? code_point : kReplacementCharacter;
}

void AppendUtf8(char32_t c, std::string& text) {
  const auto byte = [&](char32_t value) { text.push_back(static_cast<char>(value)); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xC0 | c >> 6);
    byte(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    byte(0xE0 | c >> 12);
    byte(0x80 | (c >> 6 & 0x3F));
    byte(0x80 | (c & 0x3F));
  } else {
    byte(0xF0 | c >> 18);
    byte(0x80 | (c >> 12 & 0x3F));
    byte(0x80 | (c >> 6 & 0x3F));
    byte(0x80 | (c & 0x3F));
  }
}

bool IsValidUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    // U+FFFD itself is well-formed: EF BF BD.
    if (NextCodePoint(text, at) == kReplacementCharacter &&
        text.substr(begin, at - begin) != "\xEF\xBF\xBD") {
      return false;
    }
  }
  return true;
}

std::string ReplaceInvalidUtf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  for (size_t at = 0; at < text.size();) AppendUtf8(NextCodePoint(text, at), valid);
  return valid;
}

}  // namespace dpr
