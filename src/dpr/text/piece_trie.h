// A set of byte strings with a value each, for finding the longest one that a text begins with: one
// walk over the text's bytes, no copies, no allocation.
//
// All edges live in one open-addressing hash table, 8 bytes each: parent (24 bits), byte (8 bits),
// child (24 bits). Several roots share it: BERT's vocabulary has one for pieces that begin a word
// and one for those that continue it.
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
  static constexpr size_t kMaxNodes = (size_t{1} << 24) - 1;

  PieceTrie();

  Node AddRoot() { return AddNode(); }
  // Adds `piece` (not empty) below `root`; a piece that is there gets the new value (>= 0). False,
  // and the trie is unusable, when there would be more than kMaxNodes nodes.
  bool Insert(Node root, std::string_view piece, int32_t value);

  struct Match {
    size_t size = 0;  // bytes; 0: none
    int32_t value = kNone;
  };
  Match Longest(Node root, std::string_view text) const {
    Match longest;
    Node node = root;
    for (size_t i = 0; i < text.size(); ++i) {
      node = Child(node, static_cast<unsigned char>(text[i]));
      if (node == 0) break;
      if (values_[node] != kNone) longest = {i + 1, values_[node]};
    }
    return longest;
  }

 private:
  static uint32_t Key(Node parent, unsigned char byte) { return parent << 8 | byte; }
  size_t Slot(uint32_t key) const { return (uint64_t{key} * 0x9E3779B97F4A7C15) >> shift_; }
  // 0: none.
  Node Child(Node parent, unsigned char byte) const {
    const uint32_t key = Key(parent, byte);
    for (size_t slot = Slot(key);; slot = (slot + 1) & (edges_.size() - 1)) {
      if (edges_[slot] == 0) return 0;
      if (static_cast<uint32_t>(edges_[slot] >> 32) == key) return static_cast<Node>(edges_[slot]);
    }
  }
  Node AddNode();
  void AddEdge(uint32_t key, Node child);
  void Grow();

  std::vector<uint64_t> edges_;  // key << 32 | child; 0: free. Power of two, at most half full
  std::vector<int32_t> values_;  // by node; node 0 is none
  int shift_ = 0;
  size_t edge_count_ = 0;
};

}  // namespace dpr
