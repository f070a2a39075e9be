// The tokenizer again, slow and obvious, step after step as the reference describes them, for tests
// and fuzz targets to compare with: clean, ideographs, decompose and strip, lower case, split,
// greedy longest match. It shares only the character classes with the fast one; those are compared
// with the reference for every code point.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dpr/base/utf8.h"
#include "dpr/text/bert_characters.h"
#include "dpr/text/wordpiece_options.h"

namespace dpr::testing {

inline std::u32string TwinDecode(std::string_view text) {
  std::u32string code_points;
  for (size_t at = 0; at < text.size();) code_points.push_back(NextCodePoint(text, at));
  return code_points;
}

inline std::string TwinEncode(const std::u32string& code_points) {
  std::string text;
  for (const char32_t c : code_points) AppendUtf8(c, text);
  return text;
}

inline std::u32string TwinClean(const std::u32string& text) {
  std::u32string clean;
  for (const char32_t c : text) {
    if (bert_characters::IsRemoved(c)) continue;
    clean.push_back(bert_characters::IsWhiteSpace(c) ? U' ' : c);
  }
  return clean;
}

inline std::u32string TwinSpaceIdeographs(const std::u32string& text) {
  std::u32string spaced;
  for (const char32_t c : text) {
    if (bert_characters::IsChinese(c)) {
      spaced.insert(spaced.end(), {U' ', c, U' '});
    } else {
      spaced.push_back(c);
    }
  }
  return spaced;
}

inline std::u32string TwinDecompose(const std::u32string& text) {
  std::u32string decomposed;
  for (const char32_t c : text) bert_characters::AppendDecomposition(c, decomposed);
  // Canonical ordering, as Unicode defines it: exchange neighbours until none is out of order.
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = 1; i < decomposed.size(); ++i) {
      const int before = bert_characters::CombiningClass(decomposed[i - 1]);
      const int here = bert_characters::CombiningClass(decomposed[i]);
      if (here == 0 || before <= here) continue;
      std::swap(decomposed[i - 1], decomposed[i]);
      changed = true;
    }
  }
  return decomposed;
}

inline std::u32string TwinStripMarks(const std::u32string& text) {
  std::u32string stripped;
  for (const char32_t c : text) {
    if (!bert_characters::IsNonspacingMark(c)) stripped.push_back(c);
  }
  return stripped;
}

inline std::u32string TwinNormalize(std::string_view text, const WordPieceOptions& options) {
  std::u32string normalized = TwinClean(TwinDecode(text));
  if (options.tokenize_chinese_chars) normalized = TwinSpaceIdeographs(normalized);
  if (options.strip_accents.value_or(options.lower_case)) {
    normalized = TwinStripMarks(TwinDecompose(normalized));
  }
  if (options.lower_case) {
    std::u32string lower;
    for (const char32_t c : normalized) bert_characters::AppendLowerCase(c, lower);
    normalized = lower;
  }
  return normalized;
}

inline std::vector<std::u32string> TwinWords(const std::u32string& normalized) {
  std::vector<std::u32string> words(1);
  for (const char32_t c : normalized) {
    if (bert_characters::IsWhiteSpace(c)) {
      words.emplace_back();
    } else if (bert_characters::IsPunctuation(c)) {
      words.emplace_back(1, c);
      words.emplace_back();
    } else {
      words.back().push_back(c);
    }
  }
  std::erase_if(words, [](const std::u32string& word) { return word.empty(); });
  return words;
}

using TwinVocabulary = std::unordered_map<std::string, int32_t>;

inline std::vector<int32_t> TwinPieces(const std::u32string& word, const TwinVocabulary& ids) {
  std::vector<int32_t> unknown = {ids.at("[UNK]")};
  if (word.size() > 100) return unknown;
  std::vector<int32_t> pieces;
  for (size_t begin = 0; begin < word.size();) {
    size_t end = word.size();
    for (; end > begin; --end) {
      const std::string piece = TwinEncode(word.substr(begin, end - begin));
      const auto found = ids.find(begin == 0 ? piece : "##" + piece);
      if (found == ids.end()) continue;
      pieces.push_back(found->second);
      break;
    }
    if (end == begin) return unknown;
    begin = end;
  }
  return pieces;
}

// Without special tokens: `text` must not have any written in it.
inline std::vector<int32_t> TwinTokenize(std::string_view text, const WordPieceOptions& options,
                                         const TwinVocabulary& ids) {
  std::vector<int32_t> all;
  for (const std::u32string& word : TwinWords(TwinNormalize(text, options))) {
    const std::vector<int32_t> pieces = TwinPieces(word, ids);
    all.insert(all.end(), pieces.begin(), pieces.end());
  }
  return all;
}

}  // namespace dpr::testing
