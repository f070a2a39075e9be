#include "dpr/text/piece_trie.h"

#include <utility>

namespace dpr {
namespace {

constexpr int kSmallestTableBits = 10;

}  // namespace

PieceTrie::PieceTrie()
    : edges_(size_t{1} << kSmallestTableBits), values_(1, kNone), shift_(64 - kSmallestTableBits) {}

PieceTrie::Node PieceTrie::AddNode() {
  values_.push_back(kNone);
  return static_cast<Node>(values_.size() - 1);
}

void PieceTrie::Grow() {
  const std::vector<uint64_t> old = std::exchange(edges_, std::vector<uint64_t>(edges_.size() * 2));
  --shift_;
  for (const uint64_t edge : old) {
    if (edge != 0) edges_[FindSlot(static_cast<uint32_t>(edge >> 32))] = edge;
  }
}

bool PieceTrie::Insert(Node root, std::string_view piece, int32_t value) {
  Node node = root;
  size_t slot = 0;
  for (const char byte : piece) {
    const uint32_t key = Key(node, byte);
    slot = FindSlot(key);
    if (edges_[slot] == 0) {
      if (values_.size() > kNodeMask) return false;
      if (++edge_count_ * 2 > edges_.size()) {
        Grow();
        slot = FindSlot(key);
      }
      edges_[slot] = uint64_t{key} << 32 | AddNode();
    }
    node = static_cast<Node>(edges_[slot]) & kNodeMask;
  }
  edges_[slot] |= kEnds;
  values_[node] = value;
  return true;
}

}  // namespace dpr
