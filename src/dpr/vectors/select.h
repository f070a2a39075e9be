// The greatest of many keys, without branches that are mispredicted: in random order every
// comparison of std::nth_element is a coin toss, which costs more than moving the key.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace dpr {

// Moves the k greatest keys, in no order, to the front; 1 <= k <= keys.size(). `scratch`: memory to
// be used again. No key is NaN.
template <typename Key>
void SelectGreatest(std::span<Key> keys, size_t k, std::vector<Key>& scratch) {
  constexpr size_t kFew = 32, kSample = 9;
  scratch.resize(std::max(scratch.size(), keys.size()));
  while (keys.size() > kFew && k < keys.size()) {
    // The one of a few that is as far down as the wanted one should be.
    Key sample[kSample];
    for (size_t i = 0; i < kSample; ++i) sample[i] = keys[i * keys.size() / kSample];
    std::sort(sample, sample + kSample, std::greater<>());
    const Key pivot = sample[k * kSample / keys.size()];
    size_t kept = 0, others = 0;
    for (const Key key : keys) {
      const bool stays = key > pivot;
      keys[kept] = key;
      scratch[others] = key;
      kept += stays ? 1 : 0;
      others += stays ? 0 : 1;
    }
    std::copy_n(scratch.begin(), others, keys.begin() + static_cast<std::ptrdiff_t>(kept));
    if (kept >= k) {
      keys = keys.first(kept);
      continue;
    }
    if (kept == 0) break;  // the pivot is the greatest, perhaps many times
    keys = keys.subspan(kept);
    k -= kept;
  }
  if (k == 0 || k >= keys.size()) return;
  std::nth_element(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(k - 1), keys.end(),
                   std::greater<>());
}

}  // namespace dpr
