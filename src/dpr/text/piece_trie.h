// A set of byte strings with a value each, for finding the longest one that a text begins with: one
// walk over the text's bytes, no copies, no allocation.
//
// All edges live in one open-addressing hash table, 8 bytes each: in the upper half the parent (24
// bits) and the byte, in the lower half the child (24 bits) and whether a string ends there.
// Several roots share it: BERT's vocabulary has one for pieces that begin a word and one for those
// that continue it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace dpr {

// Thread-safe once built.
class PieceTrie {
 public:
  using Node = uint32_t;
  static constexpr int32_t kNone = -1;

  PieceTrie();

  Node AddRoot() { return AddNode(); }
  // Adds `piece` (not empty) below `root`; a piece that is there gets the new value (>= 0). False,
  // and the trie is unusable, when there would be more than 2^24 nodes.
  bool Insert(Node root, std::string_view piece, int32_t value);

  struct Match {
    size_t size = 0;  // bytes; 0: none
    int32_t value = kNone;
  };
  Match Longest(Node root, std::string_view text) const {
    size_t longest = 0;
    Node node = root, last = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      const uint64_t edge = edges_[FindSlot(Key(node, text[i]))];
      if (edge == 0) break;
      node = static_cast<Node>(edge) & kNodeMask;
      if ((edge & kEnds) == 0) continue;
      longest = i + 1;
      last = node;
    }
    return {longest, values_[last]};
  }

 private:
  static constexpr Node kNodeMask = (Node{1} << 24) - 1;
  static constexpr uint64_t kEnds = uint64_t{1} << 31;

  static uint32_t Key(Node parent, char byte) {
    return parent << 8 | static_cast<unsigned char>(byte);
  }
  // The slot of the edge with this key, or the free one where it would be.
  size_t FindSlot(uint32_t key) const {
    size_t slot = (uint64_t{key} * 0x9E3779B97F4A7C15) >> shift_;
    while (edges_[slot] != 0 && static_cast<uint32_t>(edges_[slot] >> 32) != key) {
      slot = (slot + 1) & (edges_.size() - 1);
    }
    return slot;
  }
  Node AddNode();
  void Grow();

  std::vector<uint64_t> edges_;  // 0: free; a power of two of them, at most half in use
  std::vector<int32_t> values_;  // by node; node 0 is none
  int shift_ = 0;                // from 64 bits of hash to a slot
  size_t edge_count_ = 0;
};

}  // namespace dpr
