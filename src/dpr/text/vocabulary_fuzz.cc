// The first byte says which file of a tokenizer the rest is (its last bits) and whether a tokenizer
// is made of it. Only dpr::Error may come out.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "dpr/base/error.h"
#include "dpr/text/vocabulary.h"
#include "dpr/text/wordpiece.h"

namespace {

constexpr size_t kMakesTokenizer = 8;

dpr::Vocabulary Parse(size_t kind, std::string_view text) {
  dpr::Vocabulary vocabulary;
  vocabulary.pieces = {"[UNK]", "[CLS]", "[SEP]", "a", "##a"};
  switch (kind % 5) {
    case 0:
      return dpr::ParseVocabularyText(text, "vocab.txt");
    case 1:
      return dpr::ParseTokenizerJson(text, "tokenizer.json");
    case 2:
      dpr::ParseTokenizerConfig(text, "tokenizer_config.json", dpr::TokenizerForm::kVocabularyText,
                                vocabulary);
      return vocabulary;
    case 3:
      dpr::ParseSpecialTokensMap(text, "special_tokens_map.json", vocabulary);
      return vocabulary;
    default:
      dpr::ParseAddedTokens(text, "added_tokens.json", vocabulary);
      return vocabulary;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    dpr::Vocabulary vocabulary = Parse(data[0] % kMakesTokenizer, text);
    if ((data[0] & kMakesTokenizer) == 0) return 0;
    const dpr::WordPiece tokenizer(std::move(vocabulary));
    std::vector<int32_t> ids;
    tokenizer.Tokenize(text, ids);
    for (const int32_t id : ids) {
      if (id < 0 || static_cast<size_t>(id) >= tokenizer.pieces().size()) __builtin_trap();
    }
  } catch (const dpr::Error&) {
  }
  return 0;
}
