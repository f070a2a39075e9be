// What BERT is pretrained on (Devlin et al. 2019, section 3.1, tasks 1 and 2): pairs of texts, of
// which the second follows the first in its article or comes from another, with some of their word
// pieces hidden.
//
//   [CLS] A [SEP] B [SEP]    segments 0 ... 0 1 ... 1
//
// A is a passage, B the passage after it or, half of the time, any passage of another article; of
// an article with one passage the halves are A and B. The longer loses tokens, at either end by
// chance, until both fit. Of the tokens 15 % are asked for: four fifths of these become [MASK], a
// tenth any piece, a tenth stay.
#pragma once

#include <cstdint>
#include <vector>

#include "dpr/data/numbered_passages.h"
#include "dpr/pretraining/language_model_settings.h"
#include "dpr/text/wordpiece.h"

namespace dpr {

struct MaskedPair {
  std::vector<int32_t> ids;
  std::vector<uint8_t> segments;  // of each token
  std::vector<int64_t> places;    // of the tokens that are asked for
  std::vector<int32_t> pieces;    // that stood there
  int32_t next = 0;               // 0: B follows A; 1: it does not
};

// Immutable and thread-safe. The store and the tokenizer must outlive it.
class SentencePairs {
 public:
  // Of these passages of the store, in ascending order. `stream` tells its chances apart from
  // others' of one seed. kInvalid when the tokenizer has no [MASK].
  SentencePairs(const NumberedPassages& store, const std::vector<int64_t>& passages,
                const WordPiece& tokenizer, const LanguageModelSettings& settings, uint64_t stream);

  int64_t size() const { return static_cast<int64_t>(starts_.size()); }
  // The pair that begins with the start-th first passage; all that is by chance depends on
  // `number`.
  MaskedPair Make(int64_t start, int64_t number) const;

 private:
  struct Draw;
  struct Part;
  Part PartOf(int64_t passage, bool second) const;
  int64_t Other(int64_t passage, Draw& draw) const;
  void Mask(MaskedPair& pair, Draw& draw) const;

  const NumberedPassages& store_;
  const std::vector<int64_t> passages_;
  std::vector<int64_t> starts_;  // indexes of passages_
  const WordPiece& tokenizer_;
  const LanguageModelSettings settings_;
  uint64_t stream_;
  int32_t mask_ = 0;
};

}  // namespace dpr
