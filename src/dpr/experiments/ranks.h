// What a retriever's lists are worth, in ranks: for each question where the first passage stands
// that is right.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "dpr/base/rows.h"
#include "dpr/collection/collection.h"
#include "dpr/experiments/prepared_set.h"

namespace dpr {

constexpr int64_t kRankDepth = 100;

// [questions] each: the rank from 1, 0 when it is not among the first 100, -1 when the question
// does not count (no gold passage is known, or it has no strict answer).
struct Ranks {
  std::vector<int> gold;    // of the first gold passage
  std::vector<int> answer;  // of the first passage that holds an answer
  std::vector<int> strict;  // that holds a strict answer (strict_answers.h)

  std::string Json() const;
  static Ranks Parse(const std::string& json);
};

// Judges lists of one collection's passages, keeping texts that it has seen ready for the next
// list. Thread-safe.
class RankJudge {
 public:
  RankJudge(const Path& collection, MatchMode match);

  // lists: [questions], best first, at most the first 100 are looked at. Uses all compute threads.
  Ranks Judge(std::span<const PreparedQuestion> questions,
              std::span<const std::vector<int64_t>> lists);
  const Collection& collection() const { return collection_; }

 private:
  std::shared_ptr<const MatchablePassage> Text(int64_t row);
  int FirstWith(const std::vector<std::string>& answers, const std::vector<int64_t>& list);
  int FirstGold(const std::vector<std::string>& gold, const std::vector<int64_t>& list) const;

  Collection collection_;
  MatchMode match_;
  std::mutex mutex_;
  std::map<int64_t, std::shared_ptr<const MatchablePassage>> texts_;
};

}  // namespace dpr
