#include "dpr/text/pair_merges.h"

#include <algorithm>
#include <utility>

#include "dpr/base/error.h"

namespace dpr {

void PairMerges::AddWord(std::span<const int32_t> symbols, int64_t count) {
  const size_t begin = symbols_.size(), end = begin + symbols.size();
  if (end >= kNone) {
    throw Error(ErrorCode::kInvalid, "the words have more than 2^32 characters", {},
                "Learn from a sample of the texts");
  }
  for (size_t place = begin; place < end; ++place) {
    symbols_.push_back(symbols[place - begin]);
    previous_.push_back(place == begin ? kNone : static_cast<uint32_t>(place - 1));
    next_.push_back(place + 1 == end ? kNone : static_cast<uint32_t>(place + 1));
    word_.push_back(static_cast<uint32_t>(counts_.size()));
  }
  counts_.push_back(count);
  for (size_t place = begin; place + 1 < end; ++place) {
    Appear(static_cast<uint32_t>(place), count);
  }
}

std::optional<SymbolPair> PairMerges::MostFrequent() {
  QueueGrown();
  while (!queue_.empty()) {
    const Candidate top = queue_.top();
    const auto found = pairs_.find(top.key);
    const int64_t count = found == pairs_.end() ? 0 : found->second.count;
    if (count == top.count) {
      return SymbolPair{static_cast<int32_t>(top.key >> 32), static_cast<int32_t>(top.key), count};
    }
    queue_.pop();
    // A pair that has become more frequent has another candidate.
    if (count > 0 && count < top.count) queue_.push({count, top.key});
    if (count == 0 && found != pairs_.end()) pairs_.erase(found);
  }
  return std::nullopt;
}

void PairMerges::Merge(int32_t left, int32_t right, int32_t into) {
  DPR_CHECK(into != left && into != right);
  const Key key = KeyOf(left, right);
  Occurrences& pair = pairs_[key];
  std::vector<uint32_t> places = std::move(pair.places);
  std::sort(places.begin(), places.end());  // so that the first of "aaa" are merged
  for (const uint32_t place : places) {
    if (symbols_[place] != left || next_[place] == kNone) continue;
    if (symbols_[next_[place]] == right) MergeAt(place, into);
  }
  DPR_CHECK(pair.count == 0);
  pairs_.erase(key);
}

void PairMerges::MergeAt(uint32_t place, int32_t into) {
  const uint32_t second = next_[place], before = previous_[place], behind = next_[second];
  const int32_t left = symbols_[place], right = symbols_[second];
  const int64_t count = counts_[word_[place]];
  Vanish(left, right, count);
  if (before != kNone) Vanish(symbols_[before], left, count);
  if (behind != kNone) Vanish(right, symbols_[behind], count);

  symbols_[place] = into;
  symbols_[second] = kMerged;
  next_[place] = behind;
  if (behind != kNone) previous_[behind] = place;

  if (before != kNone) Appear(before, count);
  if (behind != kNone) Appear(place, count);
}

void PairMerges::Appear(uint32_t place, int64_t count) {
  const Key key = KeyOf(symbols_[place], symbols_[next_[place]]);
  Occurrences& pair = pairs_[key];
  pair.count += count;
  pair.places.push_back(place);
  if (!std::exchange(pair.grown, true)) grown_.push_back(key);
}

void PairMerges::Vanish(int32_t left, int32_t right, int64_t count) {
  const auto found = pairs_.find(KeyOf(left, right));
  DPR_CHECK(found != pairs_.end() && found->second.count >= count);
  found->second.count -= count;
}

void PairMerges::QueueGrown() {
  for (const Key key : grown_) {
    const auto found = pairs_.find(key);
    if (found == pairs_.end()) continue;
    found->second.grown = false;
    // One that appeared and vanished within a merge is none.
    if (found->second.count > 0) {
      queue_.push({found->second.count, key});
    } else {
      pairs_.erase(found);
    }
  }
  grown_.clear();
}

}  // namespace dpr
