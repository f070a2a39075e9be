#include "dpr/retrieval/mining.h"

#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/random.h"
#include "dpr/base/threads.h"
#include "dpr/base/utf8.h"
#include "dpr/lexical/lexical_builder.h"
#include "dpr/retrieval/near_duplicate.h"

namespace dpr {
namespace {

// Sampled candidates looked at for each that is wanted, before giving up.
constexpr int64_t kDrawsForEach = 8;
constexpr uint64_t kDrawsOfAQuestion = uint64_t{1} << 20;
constexpr double kGoldScore = 1000;  // what DPR's files give a gold passage

int64_t Characters(std::string_view text) {
  int64_t count = 0;
  for (size_t at = 0; at < text.size(); ++count) NextCodePoint(text, at);
  return count;
}

// An answer of white space alone would stand in every passage.
std::vector<std::string> WithoutBlank(const std::vector<std::string>& answers) {
  std::vector<std::string> kept;
  for (const std::string& answer : answers) {
    if (answer.find_first_not_of(" \t\r\n") != std::string::npos) kept.push_back(answer);
  }
  return kept;
}

// What tells whether two passages are the same: the text, or the title of one that has no text.
const std::string& ComparedText(const Passage& passage) {
  return passage.text.empty() ? passage.title : passage.text;
}

bool IsListed(NegativeKind kind) {
  return kind == NegativeKind::kBm25 || kind == NegativeKind::kDense;
}

void CheckOptions(const MiningOptions& options) {
  std::set<NegativeKind> kinds;
  for (const NegativeKind kind : options.kinds) {
    if (kinds.insert(kind).second) continue;
    throw Error(ErrorCode::kUsage, "negatives of the kind " + NegativeKindName(kind) + " twice",
                "--negatives", "Name each kind once, and say with --per-question how many");
  }
  if (options.per_question < 1 || options.depth < 1) {
    throw Error(ErrorCode::kUsage, "mining needs at least one negative and a depth of at least 1");
  }
}

[[noreturn]] void FailLacking(const Collection& collection, const std::string& what,
                              const std::string& option) {
  const std::string folder = collection.folder().string();
  throw Error(ErrorCode::kInvalid, what, folder,
              "Add what is missing with `dpr index -o " + folder + " " + option + "`");
}

}  // namespace

NegativeKind ParseNegativeKind(std::string_view name) {
  for (const NegativeKind kind :
       {NegativeKind::kBm25, NegativeKind::kDense, NegativeKind::kRandom, NegativeKind::kGold}) {
    if (name == NegativeKindName(kind)) return kind;
  }
  throw Error(ErrorCode::kUsage, "there are no negatives of the kind \"" + std::string(name) + "\"",
              {}, "Choose among bm25, dense, random and gold");
}

std::string NegativeKindName(NegativeKind kind) {
  switch (kind) {
    case NegativeKind::kBm25:
      return "bm25";
    case NegativeKind::kDense:
      return "dense";
    case NegativeKind::kRandom:
      return "random";
    case NegativeKind::kGold:
      return "gold";
  }
  DPR_CHECK(false);
}

SearchMode MiningMode(const Collection& collection, const MiningOptions& options, bool gold) {
  CheckOptions(options);
  const auto wanted = [&](NegativeKind kind) {
    return std::find(options.kinds.begin(), options.kinds.end(), kind) != options.kinds.end();
  };
  const bool dense = wanted(NegativeKind::kDense);
  if (dense && !collection.encoder()) {
    FailLacking(collection, "dense negatives need vectors, which the collection lacks",
                "--model DIR");
  }
  if (wanted(NegativeKind::kBm25) && !collection.lexical()) {
    FailLacking(collection, "BM25 negatives need BM25, which the collection lacks", "--bm25");
  }
  if (!gold && !collection.lexical()) {
    FailLacking(collection,
                "without gold passages (--qrels) positives come from BM25, which the collection "
                "lacks",
                "--bm25");
  }
  // BM25 too where it is not needed: it finds positives for questions whose gold is not given.
  const bool bm25 = collection.lexical() && (HasLexical() || !gold || wanted(NegativeKind::kBm25));
  if (!bm25) return SearchMode::kDense;
  return dense ? SearchMode::kHybrid : SearchMode::kBm25;
}

MiningCounts& MiningCounts::operator+=(const MiningCounts& other) {
  questions += other.questions;
  examples += other.examples;
  without_positive += other.without_positive;
  short_answers += other.short_answers;
  missing_gold += other.missing_gold;
  positives_dropped += other.positives_dropped;
  answers_dropped += other.answers_dropped;
  near_duplicates_dropped += other.near_duplicates_dropped;
  margin_dropped += other.margin_dropped;
  few_negatives += other.few_negatives;
  slow_answers += other.slow_answers;
  return *this;
}

// One question on its way to an example.
struct Miner::Task {
  const MiningQuestion* question = nullptr;
  int64_t index = 0;  // in its file
  const RankedParts* parts = nullptr;
  std::optional<AnswerMatcher> answers;  // all of them; nothing when there are none
  TrainingExample example;
  std::vector<int64_t> positive_rows;
  std::vector<Shingles> positive_shingles;
  std::unordered_set<int64_t> taken;      // rows
  std::unordered_set<std::string> texts;  // of the negatives taken
  MiningCounts counts;

  const std::vector<ScoredRow>& ListOf(NegativeKind kind) const {
    return kind == NegativeKind::kDense ? parts->dense : parts->bm25;
  }
  bool IsPositive(int64_t row) const {
    return std::find(positive_rows.begin(), positive_rows.end(), row) != positive_rows.end();
  }
  void AddPositive(const StoredPassage& stored, double score, double title_score, int64_t rank,
                   std::string kind) {
    const Passage& p = stored.passage;
    example.positives.push_back({p.id, p.title, p.text, score, title_score, rank, std::move(kind)});
    positive_rows.push_back(stored.row);
    positive_shingles.emplace_back(ComparedText(p));
    taken.insert(stored.row);
  }
};

Miner::Miner(const Searcher& searcher, const MiningOptions& options)
    : searcher_(searcher), options_(options) {
  CheckOptions(options);
  for (const NegativeKind kind : options.kinds) {
    DPR_CHECK(kind != NegativeKind::kBm25 || searcher.mode() != SearchMode::kDense);
    DPR_CHECK(kind != NegativeKind::kDense || searcher.mode() != SearchMode::kBm25);
  }
}

void Miner::Remember(std::span<const std::string> positive_ids) {
  for (const std::string& id : positive_ids) {
    if (const auto row = searcher_.collection().FindRow(id)) positives_.push_back(*row);
  }
}

void Miner::FindPositives(Task& task) const {
  const MiningQuestion& asked = *task.question;
  const Collection& collection = searcher_.collection();
  const std::vector<std::string> answers = WithoutBlank(asked.question.answers);
  if (!answers.empty()) task.answers.emplace(answers, options_.match);
  if (!asked.gold_ids.empty()) {
    for (const std::string& id : asked.gold_ids) {
      const auto row = collection.FindRow(id);
      if (row) task.AddPositive(collection.Get({&*row, 1})[0], kGoldScore, 1, 0, "gold");
    }
    if (task.positive_rows.empty()) ++task.counts.missing_gold;
    return;
  }
  if (asked.question.answers.empty() || searcher_.mode() == SearchMode::kDense) {
    ++task.counts.missing_gold;
    return;
  }
  std::vector<std::string> usable;
  for (const std::string& answer : answers) {
    if (Characters(answer) >= options_.shortest_answer) usable.push_back(answer);
  }
  if (usable.empty()) {
    ++task.counts.short_answers;
    return;
  }
  const AnswerMatcher matcher(usable, options_.match);
  for (size_t i = 0; i < task.parts->bm25.size(); ++i) {
    const ScoredRow& found = task.parts->bm25[i];
    const StoredPassage stored = collection.Get({&found.row, 1})[0];
    if (!matcher.Matches(stored.passage.text)) continue;
    task.AddPositive(stored, found.score, 0, static_cast<int64_t>(i) + 1, "bm25");
    return;
  }
  ++task.counts.without_positive;
}

// May a passage that is not taken yet be a negative? Counts what speaks against it.
bool Miner::Accepts(const Passage& passage, Task& task) const {
  if (task.answers && task.answers->Matches(passage.text)) {
    ++task.counts.answers_dropped;
    return false;
  }
  const Shingles shingles(ComparedText(passage));
  for (const Shingles& positive : task.positive_shingles) {
    if (!positive.IsNearDuplicate(shingles)) continue;
    ++task.counts.near_duplicates_dropped;
    return false;
  }
  return task.texts.insert(ComparedText(passage)).second;
}

void Miner::TakeFromList(NegativeKind kind, Task& task) const {
  const std::vector<ScoredRow>& list = task.ListOf(kind);
  double most = std::numeric_limits<double>::infinity();
  if (options_.margin) {
    double positive = -std::numeric_limits<double>::infinity();
    std::vector<int64_t> rows = task.positive_rows;
    std::sort(rows.begin(), rows.end());
    for (const float score :
         searcher_.Score(kind == NegativeKind::kDense ? SearchMode::kDense : SearchMode::kBm25,
                         task.question->question.text, rows)) {
      positive = std::max(positive, double{score});
    }
    most = positive - *options_.margin;
  }
  int64_t wanted = options_.per_question;
  for (size_t i = 0; i < list.size() && wanted > 0; ++i) {
    if (list[i].score > most) {
      ++task.counts.margin_dropped;
      continue;
    }
    if (task.taken.contains(list[i].row)) {
      task.counts.positives_dropped += task.IsPositive(list[i].row) ? 1 : 0;
      continue;
    }
    const StoredPassage stored = searcher_.collection().Get({&list[i].row, 1})[0];
    const Passage& p = stored.passage;
    if (!Accepts(p, task)) continue;
    task.taken.insert(stored.row);
    task.example.hard_negatives.push_back({p.id, p.title, p.text, list[i].score, 0,
                                           static_cast<int64_t>(i) + 1, NegativeKindName(kind)});
    --wanted;
  }
  if (wanted > 0) ++task.counts.few_negatives;
}

void Miner::TakeSampled(NegativeKind kind, Task& task) const {
  const Collection& collection = searcher_.collection();
  const bool gold = kind == NegativeKind::kGold;
  const int64_t among = gold ? static_cast<int64_t>(positives_.size()) : collection.rows();
  const CounterRandom random(options_.seed, static_cast<uint64_t>(kind));
  const uint64_t first = static_cast<uint64_t>(task.index) * kDrawsOfAQuestion;
  const auto draws = static_cast<uint64_t>(options_.per_question * kDrawsForEach);
  int64_t wanted = options_.per_question;
  for (uint64_t draw = 0; draw < draws && wanted > 0 && among > 0; ++draw) {
    const auto place = random.Below(first + draw, static_cast<uint64_t>(among));
    const int64_t row = gold ? positives_[place] : static_cast<int64_t>(place);
    if (task.taken.contains(row) || !collection.is_live(row)) continue;
    const StoredPassage stored = collection.Get({&row, 1})[0];
    const Passage& p = stored.passage;
    if (!Accepts(p, task)) continue;
    task.taken.insert(row);
    task.example.negatives.push_back({p.id, p.title, p.text, 0, 0, 0, NegativeKindName(kind)});
    --wanted;
  }
  if (wanted > 0) ++task.counts.few_negatives;
}

void Miner::FindNegatives(Task& task) const {
  for (const NegativeKind kind : options_.kinds) {
    if (IsListed(kind)) {
      TakeFromList(kind, task);
    } else {
      TakeSampled(kind, task);
    }
  }
}

// The ranked lists, which gold passages with sampled negatives alone do not need.
std::vector<RankedParts> Miner::FindParts(std::span<const MiningQuestion> questions) const {
  const bool negatives = std::any_of(options_.kinds.begin(), options_.kinds.end(), IsListed);
  const bool positives = searcher_.mode() != SearchMode::kDense &&
                         std::any_of(questions.begin(), questions.end(),
                                     [](const MiningQuestion& q) { return q.gold_ids.empty(); });
  if (!negatives && !positives) return std::vector<RankedParts>(questions.size());
  std::vector<std::string> texts;
  for (const MiningQuestion& question : questions) texts.push_back(question.question.text);
  return searcher_.SearchParts(texts, options_.depth);
}

std::vector<TrainingExample> Miner::Mine(std::span<const MiningQuestion> questions, int64_t first,
                                         MiningCounts& counts) {
  const std::vector<RankedParts> parts = FindParts(questions);
  std::vector<Task> tasks(questions.size());
  const auto count = static_cast<int64_t>(tasks.size());
  ParallelFor(count, 1, [&](int64_t i) {
    tasks[i].question = &questions[i];
    tasks[i].index = first + i;
    tasks[i].parts = &parts[i];
    tasks[i].example.question = questions[i].question;
    FindPositives(tasks[i]);
  });
  for (const Task& task : tasks) {
    positives_.insert(positives_.end(), task.positive_rows.begin(), task.positive_rows.end());
  }
  ParallelFor(count, 1, [&](int64_t i) {
    if (!tasks[i].positive_rows.empty()) FindNegatives(tasks[i]);
  });
  std::vector<TrainingExample> examples;
  for (Task& task : tasks) {
    counts += task.counts;
    if (task.answers)
      counts.slow_answers += static_cast<int64_t>(task.answers->slow_patterns().size());
    ++counts.questions;
    if (task.positive_rows.empty()) continue;
    ++counts.examples;
    examples.push_back(std::move(task.example));
  }
  return examples;
}

}  // namespace dpr
