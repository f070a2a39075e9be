// The words that WordPiece takes apart into pieces: normalised text (bert_normalizer.h) cut at
// white space, each punctuation mark a word of its own (Devlin et al. 2019; the reference's
// "BertPreTokenizer").
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "dpr/base/utf8.h"
#include "dpr/text/bert_normalizer.h"
#include "dpr/text/wordpiece_options.h"

namespace dpr {

// Immutable and thread-safe.
class WordSplitter {
 public:
  explicit WordSplitter(const WordPieceOptions& options);

  const BertNormalizer& normalizer() const { return normalizer_; }

  // Calls visit(word) for each word of normalised text; a word is valid during the call. False when
  // `visit` gave false, which ends it.
  template <typename Visit>
  bool SplitNormalized(std::string_view text, Visit&& visit) const;
  // The same for text that is yet to be normalised.
  template <typename Visit>
  bool Split(std::string_view text, Visit&& visit) const;

 private:
  // A part that is normalised by itself is at most this long where it has a space to be cut at, so
  // that it and its normalised form stay in the first cache, on the stack.
  static constexpr size_t kPart = 2048;
  enum class Class : uint8_t { kWord, kSpace, kPunctuation };

  // Up to and with a space: nothing looks across it.
  static size_t HeadSize(std::string_view text) {
    if (text.size() <= kPart) return text.size();
    const size_t before = text.rfind(' ', kPart - 1);
    if (before != std::string_view::npos) return before + 1;
    return std::min(text.find(' ', kPart), text.size() - 1) + 1;
  }

  BertNormalizer normalizer_;
  std::array<Class, 128> ascii_{};
};

template <typename Visit>
bool WordSplitter::SplitNormalized(std::string_view text, Visit&& visit) const {
  size_t word = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t here = at;
    const auto byte = static_cast<unsigned char>(text[at]);
    bool is_space = false, is_punctuation = false;
    if (byte < ascii_.size()) {
      ++at;
      if (ascii_[byte] == Class::kWord) continue;
      is_space = ascii_[byte] == Class::kSpace;
      is_punctuation = !is_space;
    } else {
      is_punctuation = normalizer_.IsPunctuation(NextCodePoint(text, at));
    }
    if (!is_space && !is_punctuation) continue;
    if (here > word && !visit(text.substr(word, here - word))) return false;
    if (is_punctuation && !visit(text.substr(here, at - here))) return false;
    word = at;
  }
  return word == text.size() || visit(text.substr(word));
}

template <typename Visit>
bool WordSplitter::Split(std::string_view text, Visit&& visit) const {
  while (!text.empty()) {
    const std::string_view head = text.substr(0, HeadSize(text));
    if (head.size() <= kPart) {
      std::array<char, BertNormalizer::Capacity(kPart)> buffer;
      const size_t size = normalizer_.Normalize(head, buffer.data());
      if (!SplitNormalized({buffer.data(), size}, visit)) return false;
    } else if (!SplitNormalized(normalizer_.Normalize(head), visit)) {
      return false;
    }
    text.remove_prefix(head.size());
  }
  return true;
}

}  // namespace dpr
