// Learns the pieces of a WordPiece vocabulary from texts, as Hugging Face's WordPieceTrainer does.
//
// Words (word_splitter.h) are counted. The vocabulary begins with [PAD] [UNK] [CLS] [SEP] [MASK];
// then comes the alphabet by code point, then, as "##c", the characters c that follow another one
// in a word, by code point too. From then on the two neighbouring pieces that occur most often in
// all words become one piece (Sennrich, Haddow and Birch, ACL 2016), of equals those with the
// smaller ids, until there are pieces enough or no pair is frequent enough.
//
// The reference gives the pieces "##c" the order in which its hash map happens to yield the words,
// so that its ids, and its choices between equally frequent pairs, differ from run to run. With
// that order fixed it gives the same list as this (tools/goldens/vocabulary.py).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/text/word_splitter.h"
#include "dpr/text/wordpiece_options.h"

namespace dpr {

// The defaults are those of the reference's BertWordPieceTokenizer.
struct VocabularyTrainerOptions {
  WordPieceOptions text = {};
  int64_t min_frequency = 2;  // of a pair of pieces, in all words
  // The most frequent characters, of equals those with the smaller code points. The others are left
  // out of their words.
  size_t alphabet = 1000;
};

// Not thread-safe. Memory follows the number of different words, not the texts.
class VocabularyTrainer {
 public:
  explicit VocabularyTrainer(const VocabularyTrainerOptions& options);

  // Counts the words of `text`. Special tokens written in it are plain text.
  void Add(std::string_view text);
  size_t different_words() const { return words_.size(); }

  // The pieces by id: at most `size`, unless the special tokens and the alphabet alone are more.
  // Depends on the words and their counts only, not on their order. kUsage when `size` is above
  // Vocabulary::kMaxPieces.
  std::vector<std::string> Learn(size_t size) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view word) const { return std::hash<std::string_view>()(word); }
  };

  std::vector<char32_t> Alphabet() const;  // by code point

  VocabularyTrainerOptions options_;
  WordSplitter splitter_;
  std::unordered_map<std::string, int64_t, Hash, std::equal_to<>> words_;
};

// Writes vocab.txt: a piece a line, its id being the number of lines before it. Appears whole or
// not at all.
void WriteVocabularyText(const Path& path, std::span<const std::string> pieces);

}  // namespace dpr
