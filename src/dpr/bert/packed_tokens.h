// A batch of sequences of different lengths without padding: a flat run of token ids and offsets.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace dpr {

struct PackedTokens {
  std::vector<int32_t> ids;  // [tokens]
  std::vector<int64_t> offsets = {
      0};  // [sequences + 1]; sequence s is ids[offsets[s], offsets[s + 1])

  int64_t tokens() const { return static_cast<int64_t>(ids.size()); }
  int64_t sequences() const { return static_cast<int64_t>(offsets.size()) - 1; }
  int64_t length(int64_t s) const { return offsets[s + 1] - offsets[s]; }
  void Add(std::span<const int32_t> sequence) {
    ids.insert(ids.end(), sequence.begin(), sequence.end());
    offsets.push_back(tokens());
  }
  void Clear() {
    ids.clear();
    offsets.assign(1, 0);
  }
};

}  // namespace dpr
