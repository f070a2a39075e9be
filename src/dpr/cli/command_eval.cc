// dpr eval: how good a collection, or a run file, answers questions, with intervals.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/cli/answer_options.h"
#include "dpr/cli/command.h"
#include "dpr/cli/eval_output.h"
#include "dpr/cli/search_all.h"
#include "dpr/cli/search_options.h"
#include "dpr/cli/tune_hybrid.h"
#include "dpr/data/judgement_reader.h"
#include "dpr/data/question_reader.h"
#include "dpr/data/run_file.h"
#include "dpr/evaluation/top_k_accuracy.h"
#include "dpr/report/format.h"
#include "dpr/text/answer_match.h"

namespace dpr::cli {
namespace {

constexpr const char* kFooter = R"(Examples:
  dpr eval wiki.dpr --questions nq-dev.qa.csv
  dpr eval cacm.dpr --queries cacm/queries.jsonl --qrels cacm/qrels/test.tsv
  dpr eval wiki.dpr --questions nq-dev.qa.csv --tune-hybrid   # finds --weight
  dpr eval wiki.dpr --questions nq-dev.qa.csv --where 'year >= 2010'
  dpr eval --run new.trec --compare old.trec --qrels cacm/qrels/test.tsv)";

constexpr int64_t kPassagesForAnswers = 100;
constexpr int64_t kPassagesForJudgements = 1000;  // as TREC runs have

struct EvalOptions {
  std::string collection;
  std::string questions;
  AnswerOptions answers;
  std::string queries, qrels, run, compare;
  int64_t k = 0;
  bool exclude_self = false;
  bool tune_hybrid = false;
  SearchOptions search;
};

void PrintReport(const EvalReport& report, const Session& session) {
  std::cout << (session.json ? EvalJson(report) + "\n" : EvalText(report));
  if (!session.json || session.quiet) return;
  for (const std::string& note : report.notes) std::fprintf(stderr, "%s\n", note.c_str());
}

Searcher OpenSearcher(const EvalOptions& options, const Session& session) {
  SearchOptions search = options.search;
  if (options.tune_hybrid) {
    if (search.weight) {
      throw Error(ErrorCode::kUsage, "--tune-hybrid finds the weight", "--weight",
                  "Leave one of the two out");
    }
    if (!search.mode.empty() && search.mode != "hybrid") {
      throw Error(ErrorCode::kUsage, "--tune-hybrid finds a weight of hybrid search",
                  "--mode " + search.mode, "Leave one of the two out");
    }
    if (search.fusion == "rrf") {
      throw Error(ErrorCode::kUsage, "reciprocal rank fusion has no weight to find", "--fusion rrf",
                  "Choose weighted or paper");
    }
    search.mode = "hybrid";
    if (search.fusion.empty()) search.fusion = "weighted";
  }
  return search.Open(options.collection, session);
}

// Every question has answers that can be looked for.
std::vector<Question> ReadAnsweredQuestions(const EvalOptions& options, Progress& progress) {
  AnswerCheck check(options.answers.mode(), options.answers.bad_patterns());
  std::vector<Question> questions;
  const auto reader = OpenQuestions(options.questions);
  for (Question question; reader->Next(question);) {
    check.Add(question, reader->where());
    questions.push_back(std::move(question));
  }
  check.Finish(options.questions, progress);
  return questions;
}

// The rank of the first passage that holds an answer.
int FirstAnswer(const AnswerMatcher& matcher, std::span<const FoundPassage> found) {
  std::vector<bool> has_answer;
  for (const FoundPassage& hit : found) {
    has_answer.push_back(matcher.Matches(hit.stored.passage.text));
    if (has_answer.back()) break;
  }
  return FirstHit(has_answer);
}

// Top-20 accuracy, the paper's measure. A passage is looked at once however many weights find it.
TunedHybrid TuneOnAnswers(Searcher& searcher, const std::vector<Question>& questions,
                          MatchMode mode, Progress& progress) {
  const Question* current = nullptr;
  std::optional<AnswerMatcher> matcher;
  std::unordered_map<int64_t, bool> matches;
  const auto holds_answer = [&](int64_t row) {
    const auto [place, is_new] = matches.try_emplace(row, false);
    if (is_new) {
      place->second = matcher->Matches(searcher.collection().Get({&row, 1})[0].passage.text);
    }
    return place->second;
  };
  TunedHybrid tuned = TuneHybrid(
      searcher, questions, "top_20",
      [&](const Question& question, std::span<const Hit> hits) {
        if (&question != current) {
          current = &question;
          matcher.emplace(question.answers, mode);
          matches.clear();
        }
        const auto first = std::find_if(hits.begin(), hits.end(),
                                        [&](const Hit& hit) { return holds_answer(hit.row); });
        return first == hits.end() ? 0.0 : 1.0;
      },
      progress);
  searcher.SetWeight(tuned.weight);
  return tuned;
}

TunedHybrid TuneOnJudgements(Searcher& searcher, const std::vector<Question>& questions,
                             const std::vector<Judgement>& judgements, bool exclude_self,
                             Progress& progress) {
  const Metric metric = {Metric::Kind::kNdcg, 10};
  std::unordered_map<std::string, std::vector<Judgement>> judged;
  for (const Judgement& judgement : judgements) judged[judgement.question_id].push_back(judgement);
  TunedHybrid tuned = TuneHybrid(
      searcher, questions, MetricName(metric),
      [&](const Question& question, std::span<const Hit> hits) {
        std::vector<RankedList> lists = {
            ToRankedList(question, LookUp(searcher.collection(), hits))};
        if (exclude_self) ExcludeSelf(lists);
        return Evaluate(lists, judged.at(question.id), {&metric, 1}).values[0][0];
      },
      progress);
  searcher.SetWeight(tuned.weight);
  return tuned;
}

void EvaluateAnswers(const EvalOptions& options, const Session& session) {
  const auto progress = session.MakeProgress();
  const std::vector<Question> questions = ReadAnsweredQuestions(options, *progress);
  const MatchMode mode = options.answers.mode();
  Searcher searcher = OpenSearcher(options, session);
  std::optional<TunedHybrid> tuned;
  if (options.tune_hybrid) tuned = TuneOnAnswers(searcher, questions, mode, *progress);
  std::vector<int> first_hits;
  int64_t slow_answers = 0;
  const int64_t k = options.k > 0 ? options.k : kPassagesForAnswers;
  SearchAll(searcher, questions, k, *progress,
            [&](const Question& question, std::span<const FoundPassage> found, double) {
              const AnswerMatcher matcher(question.answers, mode);
              first_hits.push_back(FirstAnswer(matcher, found));
              slow_answers += static_cast<int64_t>(matcher.slow_patterns().size());
            });
  EvalReport report = AnswerReport(first_hits, k);
  if (slow_answers > 0) {
    report.notes.push_back(FormatCount(slow_answers) +
                           " answers took too long in some passage: no match there");
  }
  report.tuned = std::move(tuned);
  PrintReport(report, session);
}

// Only the questions that have judgements are asked.
std::vector<Question> JudgedQuestions(const std::string& file,
                                      const std::vector<Judgement>& judgements) {
  std::set<std::string> judged;
  for (const Judgement& judgement : judgements) judged.insert(judgement.question_id);
  std::vector<Question> questions = ReadQuestions(file);
  std::erase_if(questions, [&](const Question& question) { return !judged.contains(question.id); });
  return questions;
}

// Lists of k passages say nothing of what is further down.
std::vector<Metric> MetricsWithin(int64_t k) {
  std::vector<Metric> metrics;
  for (const Metric& metric : StandardMetrics()) {
    if (metric.cutoff <= k) metrics.push_back(metric);
  }
  return metrics;
}

void EvaluateJudgements(const EvalOptions& options, const Session& session) {
  const std::vector<Judgement> judgements = ReadJudgements(options.qrels);
  const std::vector<Question> questions = JudgedQuestions(options.queries, judgements);
  Searcher searcher = OpenSearcher(options, session);
  const auto progress = session.MakeProgress();
  std::optional<TunedHybrid> tuned;
  if (options.tune_hybrid)
    tuned = TuneOnJudgements(searcher, questions, judgements, options.exclude_self, *progress);
  const int64_t k = options.k > 0 ? options.k : kPassagesForJudgements;
  std::vector<RankedList> lists;
  SearchAll(searcher, questions, k + options.exclude_self, *progress,
            [&](const Question& question, std::span<const FoundPassage> found, double) {
              lists.push_back(ToRankedList(question, found));
            });
  if (options.exclude_self) {
    ExcludeSelf(lists);
    for (RankedList& list : lists) {
      list.passages.resize(std::min(list.passages.size(), static_cast<size_t>(k)));
    }
  }
  EvalReport report = JudgedReport(Evaluate(lists, judgements, MetricsWithin(k)));
  report.tuned = std::move(tuned);
  PrintReport(report, session);
}

Evaluation EvaluateRunFile(const std::string& file, const std::vector<Judgement>& judgements,
                           bool exclude_self) {
  std::vector<RankedList> lists = ReadRun(file);
  if (exclude_self) ExcludeSelf(lists);
  return Evaluate(lists, judgements, StandardMetrics());
}

void EvaluateRun(const EvalOptions& options, const Session& session) {
  const std::vector<Judgement> judgements = ReadJudgements(options.qrels);
  const Evaluation evaluation = EvaluateRunFile(options.run, judgements, options.exclude_self);
  EvalReport report = JudgedReport(evaluation);
  if (!options.compare.empty()) {
    report.comparisons =
        Compare(evaluation, EvaluateRunFile(options.compare, judgements, options.exclude_self));
  }
  PrintReport(report, session);
}

void Eval(const EvalOptions& options, const Session& session) {
  if (!options.run.empty()) return EvaluateRun(options, session);
  const bool asked = !options.questions.empty() || !options.queries.empty();
  if (options.collection.empty() || !asked) {
    throw Error(ErrorCode::kUsage, "there is nothing to evaluate", {},
                "Give a collection with --questions, or with --queries and --qrels, or give --run "
                "and --qrels");
  }
  if (!options.questions.empty()) return EvaluateAnswers(options, session);
  EvaluateJudgements(options, session);
}

}  // namespace

void AddEvalCommand(CLI::App& program, const Session& session) {
  auto options = std::make_shared<EvalOptions>();
  CLI::App* command = program.add_subcommand("eval", "measure how good the answers are");
  auto* collection =
      command->add_option("collection", options->collection, "the collection to search");
  auto* questions = command->add_option("--questions", options->questions,
                                        "questions with answers (.qa.csv): top-k accuracy");
  options->answers.AddTo(*command)->needs(questions);
  auto* qrels = command->add_option("--qrels", options->qrels, "judgements, of BEIR or TREC");
  auto* queries =
      command->add_option("--queries", options->queries, "questions by id: trec_eval's metrics");
  queries->needs(qrels)->excludes(questions);
  auto* run = command->add_option("--run", options->run, "a run file instead of a collection");
  run->needs(qrels)->excludes(queries)->excludes(questions)->excludes(collection);
  command->add_option("--compare", options->compare, "another run: differences and p values")
      ->needs(run);
  command->add_option("-k", options->k, "passages retrieved (default: 100; with judgements 1,000)")
      ->check(CLI::Range(1, 1 << 30));
  command->add_flag("--exclude-self", options->exclude_self,
                    "drop the passage whose id is the question's");
  auto* tune = command->add_flag("--tune-hybrid", options->tune_hybrid,
                                 "find the weight of --fusion weighted (or paper) that does best "
                                 "on these questions");
  tune->excludes(run);
  options->search.AddTo(*command);
  command->footer(kFooter);
  command->callback([options, &session] { Eval(*options, session); });
}

}  // namespace dpr::cli
