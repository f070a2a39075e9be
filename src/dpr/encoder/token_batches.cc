#include "dpr/encoder/token_batches.h"

#include <algorithm>
#include <numeric>

namespace dpr {

void CutBatches(const PackedTokens& all, int64_t budget, TokenBatches& batches) {
  batches.order.resize(static_cast<size_t>(all.sequences()));
  std::iota(batches.order.begin(), batches.order.end(), int64_t{0});
  std::sort(batches.order.begin(), batches.order.end(), [&](int64_t a, int64_t b) {
    return all.length(a) != all.length(b) ? all.length(a) > all.length(b) : a < b;
  });
  batches.ends.clear();
  int64_t tokens = 0;
  for (int64_t i = 0; i < all.sequences(); ++i) {
    const int64_t length = all.length(batches.order[i]);
    if (i > 0 && tokens + length > budget) {
      batches.ends.push_back(i);
      tokens = 0;
    }
    tokens += length;
  }
  if (all.sequences() > 0) batches.ends.push_back(all.sequences());
}

}  // namespace dpr
