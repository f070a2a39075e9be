// Any bytes as text: the fast tokenizer must equal its slow twin, its encodings must have the
// length asked for, and words must survive being split into passages. The first two bytes choose
// settings and length.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "dpr/text/passage_splitter.h"
#include "dpr/text/wordpiece.h"
#include "dpr/text/wordpiece_twin.h"

namespace {

constexpr size_t kLongest = 1000;  // the twin takes quadratic time

void Check(bool holds) {
  if (!holds) __builtin_trap();
}

struct Subject {
  explicit Subject(const dpr::WordPieceOptions& options)
      : tokenizer({"[UNK]",  "[CLS]",    "[SEP]",    "a",        "b",   "ab", "the",
                   "##a",    "##b",      "##ba",     "é",        "##é", "中", "가",
                   "\u1100", "##\u1161", "😀",        "##\u200d", ".",   "-",  "—",
                   "\u0301", "##\u0301", "##\u302e", "σ",        "ß",   "I",  "İ"},
                  options) {
    for (size_t i = 0; i < tokenizer.pieces().size(); ++i) {
      ids[tokenizer.pieces()[i]] = static_cast<int32_t>(i);
    }
  }
  dpr::WordPiece tokenizer;
  dpr::testing::TwinVocabulary ids;
};

const Subject& SubjectOf(uint8_t choice) {
  static const std::array<Subject, 4> subjects = {
      Subject({true, {}, true}), Subject({false, {}, true}), Subject({true, false, true}),
      Subject({false, true, false})};
  return subjects[choice % subjects.size()];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const Subject& subject = SubjectOf(data[0]);
  const int max_length = 3 + data[1] % 20;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2,
                              std::min(size - 2, kLongest));
  std::vector<int32_t> ids, single, pair;
  subject.tokenizer.Tokenize(text, ids);
  if (text.find('[') == std::string_view::npos) {  // no special token is written in it
    Check(ids == dpr::testing::TwinTokenize(text, subject.tokenizer.options(), subject.ids));
  }
  const size_t length = static_cast<size_t>(max_length);
  Check(subject.tokenizer.Encode(text, max_length, single) == (ids.size() + 2 > length));
  Check(single.size() == std::min(ids.size() + 2, length));
  Check(std::equal(single.begin() + 1, single.end() - 1, ids.begin()));
  Check(subject.tokenizer.EncodePair(text, text, max_length, pair) ==
        (2 * ids.size() + 3 > length));
  Check(pair.size() == std::min(2 * ids.size() + 3, length));

  size_t bytes = 0;
  for (const std::string& passage : dpr::SplitIntoPassages(text, {1, 0})) bytes += passage.size();
  Check(bytes <= text.size());
  return 0;
}
