#include "dpr/data/passage_key.h"

#include <charconv>
#include <string>
#include <string_view>

#include "dpr/base/checksum.h"

namespace dpr {
namespace {

// `text` in lower case with one space for each run of white space, none at its ends.
std::string Normalised(std::string_view text) {
  std::string normalised;
  normalised.reserve(text.size());
  bool is_space_due = false;
  for (const char c : text) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      is_space_due = !normalised.empty();
      continue;
    }
    if (is_space_due) normalised += ' ';
    is_space_due = false;
    normalised += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return normalised;
}

}  // namespace

uint64_t PassageKey(const TrainingPassage& passage) {
  constexpr int kDigits = 16;
  const std::string hex =
      Hasher().AddField(Normalised(passage.title)).AddField(Normalised(passage.text)).Hex();
  uint64_t key = 0;
  std::from_chars(hex.data(), hex.data() + kDigits, key, 16);
  return key;
}

}  // namespace dpr
