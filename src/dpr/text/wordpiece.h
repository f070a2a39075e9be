// BERT's tokenizer: cleaning, CJK spacing, lower-casing, accent stripping, splitting at
// punctuation, then greedy longest-match WordPiece (Devlin et al. 2019; Wu et al. 2016). Equal, id
// by id, to the reference BertTokenizer (docs/design/wordpiece.md says which, and how fast).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/text/vocabulary.h"
#include "dpr/text/wordpiece_options.h"

namespace dpr {

// Immutable after construction and thread-safe.
class WordPiece {
 public:
  // `pieces[i]` is the piece with id i. [UNK], [CLS], [SEP] must be among them; [PAD], [MASK] may
  // be.
  WordPiece(std::vector<std::string> pieces, const WordPieceOptions& options);
  // kInvalid when a special token that is needed is missing.
  explicit WordPiece(Vocabulary vocabulary);
  // Reads tokenizer.json, or vocab.txt, with tokenizer_config.json and special_tokens_map.json:
  // see vocabulary.h.
  static WordPiece FromFolder(const Path& folder);
  WordPiece(WordPiece&&) noexcept;
  WordPiece& operator=(WordPiece&&) noexcept;
  ~WordPiece();

  // Appends the ids of `text` without special tokens added; special tokens written in the text
  // ("[SEP]") become their ids, as in the reference. Invalid UTF-8 is read as U+FFFD.
  void Tokenize(std::string_view text, std::vector<int32_t>& ids) const;

  // Appends [CLS] text [SEP], or [CLS] first [SEP] second [SEP], cut to `max_length` tokens in all;
  // pairs lose tokens from the end of the longer one first ("longest_first"). True when cut. kUsage
  // when max_length leaves no room for the special tokens (below 2, or 3 for a pair).
  bool Encode(std::string_view text, int max_length, std::vector<int32_t>& ids) const;
  bool EncodePair(std::string_view first, std::string_view second, int max_length,
                  std::vector<int32_t>& ids) const;

  const std::vector<std::string>& pieces() const;  // added tokens too; "" where an id has none
  const WordPieceOptions& options() const;
  int32_t unk_id() const;
  int32_t cls_id() const;
  int32_t sep_id() const;

 private:
  struct Tables;
  class Tokenization;
  std::unique_ptr<const Tables> tables_;
};

}  // namespace dpr
