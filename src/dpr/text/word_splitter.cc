#include "dpr/text/word_splitter.h"

#include "dpr/text/bert_characters.h"

namespace dpr {

WordSplitter::WordSplitter(const WordPieceOptions& options) : normalizer_(options) {
  for (char32_t c = 0; c < ascii_.size(); ++c) {
    if (c == U' ') ascii_[c] = Class::kSpace;
    if (bert_characters::IsPunctuation(c)) ascii_[c] = Class::kPunctuation;
  }
}

}  // namespace dpr
