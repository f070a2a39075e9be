// Byte-pair merging (Sennrich, Haddow and Birch, ACL 2016): words as sequences of symbols, and how
// often each two symbols stand side by side in them. Internal to `text`.
//
// Symbols lie in one flat sequence with links over those that were merged away. Each pair has its
// exact count and the places where it was seen; candidates wait in a priority queue whose counts
// are brought up to date when they come to its top. So a merge costs what it changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <span>
#include <unordered_map>
#include <vector>

namespace dpr {

struct SymbolPair {
  int32_t left = 0, right = 0;
  int64_t count = 0;
};

// Not thread-safe. What it gives does not depend on the order of the words.
class PairMerges {
 public:
  // A word that occurs `count` times; symbols are not negative. kInvalid when there are 2^32 - 1
  // symbols in all.
  void AddWord(std::span<const int32_t> symbols, int64_t count);

  // The pair that occurs most often, of equals the one with the smaller left, then the smaller
  // right symbol. Nothing when no two symbols stand side by side.
  std::optional<SymbolPair> MostFrequent();

  // Puts `into` in the place of each `left` `right`, from the beginning of a word to its end.
  // `into` is neither of them.
  void Merge(int32_t left, int32_t right, int32_t into);

 private:
  using Key = uint64_t;  // left << 32 | right: ordered as pairs are
  struct Occurrences {
    int64_t count = 0;
    std::vector<uint32_t> places;  // of left symbols; also where the pair is no more
    bool grown = false;            // its candidate with the new count is not in the queue yet
  };
  struct Candidate {
    int64_t count;
    Key key;
    bool operator<(const Candidate& other) const {
      return count < other.count || (count == other.count && key > other.key);
    }
  };

  static Key KeyOf(int32_t left, int32_t right) {
    return static_cast<Key>(left) << 32 | static_cast<uint32_t>(right);
  }
  void Appear(uint32_t place, int64_t count);  // the pair whose left symbol is at `place`
  void Vanish(int32_t left, int32_t right, int64_t count);
  void MergeAt(uint32_t place, int32_t into);
  void QueueGrown();

  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr int32_t kMerged = -1;
  std::vector<int32_t> symbols_;           // kMerged: part of a symbol before it
  std::vector<uint32_t> previous_, next_;  // in the word; kNone at its ends
  std::vector<uint32_t> word_;             // of each symbol
  std::vector<int64_t> counts_;            // of each word

  std::unordered_map<Key, Occurrences> pairs_;
  std::vector<Key> grown_;
  std::priority_queue<Candidate> queue_;
};

}  // namespace dpr
