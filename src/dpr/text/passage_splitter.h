// Splits a document into passages of a fixed number of words, as DPR does with Wikipedia (100
// words, disjoint): Karpukhin et al. 2020, section 4.1. A word is a maximal run of non-white-space.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dpr {

struct SplitOptions {
  int words = 100;  // per passage, at least 1
  int overlap = 0;  // words that a passage repeats of the one before; 0 <= overlap < words
};

// The passages in order, words joined by one space. Empty for a text without words.
std::vector<std::string> SplitIntoPassages(std::string_view text, const SplitOptions& options);

}  // namespace dpr
