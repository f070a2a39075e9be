// The rows that can still be among one question's k best, known by bounds on their scores.
//
// Bounds decide nearly everything: what lies above k others' lower bounds stays, what lies below
// goes, and only those left at the end are scored by the definition. Where bounds cannot tell rows
// apart (many equal vectors, no bound at all) they are scored on the way, so that a list never
// holds more than about 3k rows.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "dpr/base/spin_lock.h"
#include "dpr/vectors/top_k.h"

namespace dpr {

// low < high, never NaN, infinite where nothing is known.
struct ScoreBounds {
  float low;
  float high;
};

// Thread-safe. What Finish() gives does not depend on the order of arrival.
class alignas(64) Shortlist {
 public:
  // Scores a row by the definition; NaN for one that must not enter. Thread-safe, does not throw.
  using Scorer = std::function<float(int64_t row)>;
  // Has a row read into the cache that will be scored soon.
  using Fetcher = std::function<void(int64_t row)>;

  explicit Shortlist(  // k >= 1
      int64_t k, Scorer score, Fetcher fetch = [](int64_t) {})
      : k_(k), score_(std::move(score)), fetch_(std::move(fetch)) {}

  // k rows are known to score this or more: what scores less need not be added. Only rises.
  float threshold() const { return threshold_.load(std::memory_order_relaxed); }
  // A row may be added once. True when the threshold may have risen.
  bool Add(ScoreBounds bounds, int64_t row);
  // The threshold after dropping what cannot be among the k best.
  float Settle();
  // The k best, best first. Nothing may be added afterwards.
  std::vector<ScoredRow> Finish();
  int64_t scored() const { return scored_; }  // rows that `score` was called for; after Finish()

 private:
  struct Entry {
    ScoreBounds bounds;  // equal once the row has been scored
    int64_t row;
  };
  // Room for what bounds cannot decide about before more rows are seen;
  // docs/design/exact-search.md.
  int64_t most() const { return 3 * k_ + 128; }

  void DropHopeless();
  void ScoreAll();

  // Adding touches the first cache line, reading the threshold another.
  SpinLock mutex_;
  std::vector<Entry> entries_;
  std::vector<float> lows_, scratch_;  // of DropHopeless
  int64_t scored_ = 0;
  std::atomic<float> threshold_ = -std::numeric_limits<float>::infinity();
  const int64_t k_;
  const Scorer score_;
  const Fetcher fetch_;
};

}  // namespace dpr
