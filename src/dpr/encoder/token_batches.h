// Cuts tokenised texts into batches of a token budget.
#pragma once

#include <cstdint>
#include <vector>

#include "dpr/bert/packed_tokens.h"

namespace dpr {

// Batches of sequences, by number: batch b is order[ends[b - 1], ends[b]). Longest sequences first,
// so that threads that take batches in turn finish together; equal lengths in the given order.
struct TokenBatches {
  std::vector<int64_t> order;
  std::vector<int64_t> ends;

  int64_t count() const { return static_cast<int64_t>(ends.size()); }
  int64_t begin(int64_t batch) const { return batch == 0 ? 0 : ends[batch - 1]; }
};

// Every batch has at most `budget` tokens, or one sequence alone. Uses the memory of `batches`
// again.
void CutBatches(const PackedTokens& all, int64_t budget, TokenBatches& batches);

}  // namespace dpr
