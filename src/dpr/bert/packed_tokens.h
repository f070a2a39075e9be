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

  // [tokens]: which of a pair's texts each belongs to; or empty: all 0. Only pretraining tells them
  // apart.
  std::vector<uint8_t> segments = {};

  int64_t tokens() const { return static_cast<int64_t>(ids.size()); }
  int64_t sequences() const { return static_cast<int64_t>(offsets.size()) - 1; }
  int64_t length(int64_t s) const { return offsets[s + 1] - offsets[s]; }
  // `segment`: of each token, or empty for all 0.
  void Add(std::span<const int32_t> sequence, std::span<const uint8_t> segment = {}) {
    if (!segment.empty() || !segments.empty()) {
      segments.resize(ids.size());
      segments.insert(segments.end(), segment.begin(), segment.end());
      segments.resize(ids.size() + sequence.size());
    }
    ids.insert(ids.end(), sequence.begin(), sequence.end());
    offsets.push_back(tokens());
  }
  // A sequence of another batch.
  void AddFrom(const PackedTokens& from, int64_t s) {
    const auto begin = static_cast<size_t>(from.offsets[s]);
    const auto size = static_cast<size_t>(from.length(s));
    Add({from.ids.data() + begin, size},
        from.segments.empty() ? std::span<const uint8_t>()
                              : std::span<const uint8_t>(from.segments.data() + begin, size));
  }
  int64_t segment(int64_t token) const { return segments.empty() ? 0 : segments[token]; }
  void Clear() {
    ids.clear();
    segments.clear();
    offsets.assign(1, 0);
  }
};

}  // namespace dpr
