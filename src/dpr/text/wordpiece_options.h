// The settings of BERT's tokenizer that its files carry.
#pragma once

#include <optional>

namespace dpr {

struct WordPieceOptions {
  bool lower_case = true;
  std::optional<bool> strip_accents;  // unset: as lower_case
  bool tokenize_chinese_chars = true;

  bool strips_accents() const { return strip_accents.value_or(lower_case); }
};

}  // namespace dpr
