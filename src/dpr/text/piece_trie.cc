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

void PieceTrie::AddEdge(uint32_t key, Node child) {
  size_t slot = Slot(key);
  while (edges_[slot] != 0) slot = (slot + 1) & (edges_.size() - 1);
  edges_[slot] = uint64_t{key} << 32 | child;
}

void PieceTrie::Grow() {
  const std::vector<uint64_t> old = std::exchange(edges_, std::vector<uint64_t>(edges_.size() * 2));
  --shift_;
  for (const uint64_t edge : old) {
    if (edge != 0) AddEdge(static_cast<uint32_t>(edge >> 32), static_cast<Node>(edge));
  }
}

bool PieceTrie::Insert(Node root, std::string_view piece, int32_t value) {
  Node node = root;
  for (const char byte : piece) {
    const auto unsigned_byte = static_cast<unsigned char>(byte);
    Node child = Child(node, unsigned_byte);
    if (child == 0) {
      if (values_.size() > kMaxNodes) return false;
      if (++edge_count_ * 2 > edges_.size()) Grow();
      child = AddNode();
      AddEdge(Key(node, unsigned_byte), child);
    }
    node = child;
  }
  values_[node] = value;
  return true;
}

}  // namespace dpr
