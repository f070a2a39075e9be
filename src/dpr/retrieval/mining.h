// Mining: questions into training examples, with passages of a collection as positives and
// negatives (Karpukhin et al. 2020, section 3.2; the dense retriever's own mistakes as negatives:
// Xiong et al. 2021, and DPR's second round of training).
//
// The positive is the gold passage where one is known, else the best BM25 passage that holds an
// answer. No negative is a positive, a near-duplicate of one (near_duplicate.h), a passage that
// holds an answer, or there twice, be it under another id.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/data/records.h"
#include "dpr/retrieval/answer_check.h"
#include "dpr/retrieval/searcher.h"
#include "dpr/text/answer_match.h"

namespace dpr {

enum class NegativeKind {
  kBm25,    // what BM25 ranks high
  kDense,   // what the collection's encoder ranks high
  kRandom,  // any passage
  kGold,    // positives of questions before, or read together with, this one
};

NegativeKind ParseNegativeKind(std::string_view name);  // "bm25", "dense", "random", "gold"
std::string NegativeKindName(NegativeKind kind);

struct MiningOptions {
  std::vector<NegativeKind> kinds = {NegativeKind::kBm25};
  int64_t per_question = 30;  // negatives of each kind, at most
  int64_t depth = 100;        // of the lists that positives and negatives are taken from
  MatchMode match = MatchMode::kString;
  BadPatterns bad_patterns = BadPatterns::kRefuse;  // MineFile's; a Miner takes them as they are
  // A shorter answer stands in passages by accident; it makes no positive, but no negative either.
  int64_t shortest_answer = 3;  // in characters
  // Negatives of a list whose score there is above the positive's less this are dropped.
  std::optional<double> margin;
  uint64_t seed = 0;
};

struct MiningQuestion {
  Question question;
  std::vector<std::string> gold_ids;  // none: the positive is looked for
};

struct MiningCounts {
  int64_t questions = 0, examples = 0;
  int64_t without_positive = 0;  // no passage within the depth holds an answer
  int64_t short_answers = 0;     // every answer was too short
  int64_t missing_gold = 0;      // no gold passage is in the collection, or none is given
  int64_t positives_dropped = 0, answers_dropped = 0, near_duplicates_dropped = 0;
  int64_t margin_dropped = 0;
  int64_t few_negatives = 0;  // examples with fewer of some kind than asked for
  int64_t slow_answers = 0;   // regular expressions given up in some passage: no match there

  MiningCounts& operator+=(const MiningCounts& other);
};

// What mining needs to search. kUsage for options that contradict, kInvalid for a collection that
// lacks what they need, saying what to do. `gold`: gold passages are given.
SearchMode MiningMode(const Collection& collection, const MiningOptions& options, bool gold);

// Deterministic: the same calls in the same order give the same examples, whatever the threads.
class Miner {
 public:
  // `searcher` is kept; its mode is MiningMode's.
  Miner(const Searcher& searcher, const MiningOptions& options);

  // Examples for questions that come `first`th and on in their file, in order; those without a
  // positive are left out. An answer that is no regular expression where it should be matches
  // nothing (answer_check.h says which).
  std::vector<TrainingExample> Mine(std::span<const MiningQuestion> questions, int64_t first,
                                    MiningCounts& counts);

  // The positives of examples that an interrupted run has mined, for kGold.
  void Remember(std::span<const std::string> positive_ids);

 private:
  struct Task;
  std::vector<RankedParts> FindParts(std::span<const MiningQuestion> questions) const;
  void FindPositives(Task& task) const;
  void FindNegatives(Task& task) const;
  void TakeFromList(NegativeKind kind, Task& task) const;
  void TakeSampled(NegativeKind kind, Task& task) const;
  bool Accepts(const Passage& passage, Task& task) const;

  const Searcher& searcher_;
  MiningOptions options_;
  std::vector<int64_t> positives_;  // rows, of all questions so far
};

}  // namespace dpr
