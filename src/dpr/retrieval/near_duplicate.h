// Near-duplicates: passages of which most is the same text, such as overlapping passages of one
// article or its copies. Word shingles (Broder 1997): the runs of three words, in lower case
// without punctuation, as a set of hashes; two passages are near-duplicates when at least half of
// the smaller set is in the larger.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace dpr {

class Shingles {
 public:
  explicit Shingles(std::string_view text);

  // The share of the smaller set that is in the other; of texts without a shingle: 1 when their
  // words are the same, else 0.
  double Overlap(const Shingles& other) const;
  bool IsNearDuplicate(const Shingles& other) const { return Overlap(other) >= kNearDuplicate; }

  static constexpr double kNearDuplicate = 0.5;

 private:
  std::vector<uint64_t> hashes_;  // ascending, each once
};

}  // namespace dpr
