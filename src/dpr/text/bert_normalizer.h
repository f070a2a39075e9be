// The text that BERT's tokenizer splits into words: cleaned, ideographs between spaces, accents
// stripped, lower-cased, as the options ask (Devlin et al. 2019; the reference's "BertNormalizer").
//
// Every step but one maps a code point by itself, so that the whole chain is one table from code
// point to UTF-8. The exception is canonical ordering: marks that survive the stripping of accents
// (spacing marks, and marks newer than the reference's categories) are sorted by combining class.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/text/wordpiece_options.h"

namespace dpr {

// Immutable and thread-safe.
class BertNormalizer {
 public:
  explicit BertNormalizer(const WordPieceOptions& options);

  // Bytes that the normalised form of `size` bytes can need; checked for every code point.
  static constexpr size_t Capacity(size_t size) { return 3 * size + kLongestMapping; }
  // Writes the normalised form of `text` to `out`, which has room for Capacity(text.size()) bytes;
  // returns its length. Invalid UTF-8 is read as U+FFFD, which is removed.
  size_t Normalize(std::string_view text, char* out) const;
  std::string Normalize(std::string_view text) const;

  // Is a code point of normalised text a word of its own?
  bool IsPunctuation(char32_t c) const {
    return c < kTabulated ? table_[c].punctuation : IsUntabulatedPunctuation(c);
  }

 private:
  static constexpr size_t kLongestMapping = 13;
  static constexpr char32_t kTabulated =
      0x3400;  // alphabets, symbols, kana; not ideographs, Hangul

  enum class Kind : uint8_t {
    kBase,       // ends a run of combining marks
    kVanished,   // no trace: removed, or a stripped mark of a nonzero combining class
    kCombining,  // the mapping has a mark of a nonzero combining class
  };
  struct Mapping {
    std::array<char, kLongestMapping> bytes{};  // the whole chain's result, UTF-8
    uint8_t size = 0;
    Kind kind = Kind::kBase;
    bool punctuation = false;  // of the code point itself, not of what it maps to
  };
  class Output;

  Mapping Map(char32_t c) const;
  std::u32string MapCodePoints(char32_t c, bool& vanished) const;
  static bool IsUntabulatedPunctuation(char32_t c);

  WordPieceOptions options_;
  std::array<char, 128> ascii_{};  // 0: removed
  std::vector<Mapping> table_;     // of the code points below kTabulated
};

}  // namespace dpr
