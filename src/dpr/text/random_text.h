// Random Unicode for property tests: draws from alphabets that exercise every rule, from all of
// Unicode, and bytes that are no UTF-8. For *_test.cc only.
#pragma once

#include <array>
#include <random>
#include <string>
#include <string_view>

#include "dpr/base/utf8.h"

namespace dpr::testing {

class RandomText {
 public:
  explicit RandomText(uint32_t seed) : random_(seed) {}

  std::string Draw(int longest) {
    std::string text;
    for (int size = Below(longest + 1); size > 0; --size) {
      switch (Below(8)) {
        case 0:
          text.push_back(static_cast<char>(Below(256)));
          break;
        case 1:
          AppendUtf8(AnyCodePoint(), text);
          break;
        default:
          AppendFrom(kAlphabets[static_cast<size_t>(Below(kAlphabets.size()))], text);
      }
    }
    return text;
  }

  int Below(size_t bound) {
    return static_cast<int>(std::uniform_int_distribution<size_t>(0, bound - 1)(random_));
  }

 private:
  static constexpr std::array<std::u32string_view, 7> kAlphabets = {
      U"abcdefghij ABC", U"the quick.brown-fox, 'jumps' ", U"éïöÉßİıǅΣσςΑ ≠\u037E",
      U"中国龍豈あかガがプ한글각", U"😀👍❤👨🏽\u200D\uFE0F\u20E3",
      // Marks of many combining classes, stripped and not.
      U"a\u0301\u0308\u0323\u0345\u0901\u302E\u1939\u0F73\U0001D165\U0001D160\U0001E944\U0001E8D0",
      U"\t\n\r\v\f\x1C\x7F\u0085\u00A0\u00AD\u200B\u2028\u3000\uFEFF\uFFFD\uE000\u0378"};

  char32_t AnyCodePoint() {
    const auto c = static_cast<char32_t>(Below(0x110000));
    return c >= 0xD800 && c < 0xE000 ? U'x' : c;
  }
  void AppendFrom(std::u32string_view alphabet, std::string& text) {
    AppendUtf8(alphabet[static_cast<size_t>(Below(alphabet.size()))], text);
  }

  std::mt19937 random_;
};

}  // namespace dpr::testing
