// dpr eval: how good a collection, or a run file, answers questions, with intervals.
#include <CLI/CLI.hpp>
#include <iostream>
#include <set>

#include "dpr/base/error.h"
#include "dpr/cli/command.h"
#include "dpr/cli/eval_output.h"
#include "dpr/cli/search_all.h"
#include "dpr/data/judgement_reader.h"
#include "dpr/data/question_reader.h"
#include "dpr/data/run_file.h"
#include "dpr/evaluation/top_k_accuracy.h"
#include "dpr/text/answer_match.h"

namespace dpr::cli {
namespace {

constexpr const char* kFooter = R"(Examples:
  dpr eval wiki.dpr --questions nq-dev.qa.csv
  dpr eval cacm.dpr --queries cacm/queries.jsonl --qrels cacm/qrels/test.tsv
  dpr eval --run new.trec --compare old.trec --qrels cacm/qrels/test.tsv)";

constexpr int64_t kPassagesForAnswers = 100;
constexpr int64_t kPassagesForJudgements = 1000;  // as TREC runs have

struct EvalOptions {
  std::string collection, model;
  std::string questions, match = "string";
  std::string queries, qrels, run, compare;
  std::string mode = "dense";
  int64_t k = 0;
  bool exclude_self = false;
};

void PrintReport(const EvalReport& report, const Session& session) {
  std::cout << (session.json ? EvalJson(report) + "\n" : EvalText(report));
}

Searcher OpenSearcher(const EvalOptions& options) {
  if (options.collection.empty()) {
    throw Error(ErrorCode::kUsage, "there is nothing to evaluate", {},
                "Give a collection with --questions, or with --queries and --qrels, or give --run "
                "and --qrels");
  }
  if (options.mode != "dense") {
    throw Error(ErrorCode::kUnsupported, "this version searches in mode dense only",
                "--mode " + options.mode, "Leave the option out");
  }
  return Searcher::Open(options.collection, options.model);
}

// The rank of the first passage that holds an answer; patterns that are none are an error here.
int FirstAnswer(const Question& question, MatchMode mode, std::span<const FoundPassage> found) {
  const AnswerMatcher matcher(question.answers, mode);
  if (!matcher.bad_patterns().empty()) {
    throw Error(ErrorCode::kInvalid,
                "the answer `" + matcher.bad_patterns()[0] + "` is no regular expression",
                "question " + question.id, "Mend it, or match strings: --match string");
  }
  std::vector<bool> has_answer;
  for (const FoundPassage& hit : found) {
    has_answer.push_back(matcher.Matches(hit.stored.passage.text));
    if (has_answer.back()) break;
  }
  return FirstHit(has_answer);
}

void EvaluateAnswers(const EvalOptions& options, const Session& session) {
  const std::vector<Question> questions = ReadQuestions(options.questions);
  for (const Question& question : questions) {
    if (!question.answers.empty()) continue;
    throw Error(ErrorCode::kInvalid, "question " + question.id + " has no answers",
                options.questions, "Each line needs a question, a tab and a list of answers");
  }
  const MatchMode mode = options.match == "regex" ? MatchMode::kRegex : MatchMode::kString;
  const Searcher searcher = OpenSearcher(options);
  const auto progress = session.MakeProgress();
  std::vector<int> first_hits;
  SearchAll(searcher, questions, options.k > 0 ? options.k : kPassagesForAnswers, *progress,
            [&](const Question& question, std::span<const FoundPassage> found, double) {
              first_hits.push_back(FirstAnswer(question, mode, found));
            });
  PrintReport(AnswerReport(first_hits), session);
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

void EvaluateJudgements(const EvalOptions& options, const Session& session) {
  const std::vector<Judgement> judgements = ReadJudgements(options.qrels);
  const std::vector<Question> questions = JudgedQuestions(options.queries, judgements);
  const Searcher searcher = OpenSearcher(options);
  const auto progress = session.MakeProgress();
  const int64_t k = (options.k > 0 ? options.k : kPassagesForJudgements) + options.exclude_self;
  std::vector<RankedList> lists;
  SearchAll(searcher, questions, k, *progress,
            [&](const Question& question, std::span<const FoundPassage> found, double) {
              lists.push_back(ToRankedList(question, found));
            });
  if (options.exclude_self) ExcludeSelf(lists);
  PrintReport(JudgedReport(Evaluate(lists, judgements, StandardMetrics())), session);
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
  if (!options.questions.empty()) return EvaluateAnswers(options, session);
  if (!options.queries.empty()) return EvaluateJudgements(options, session);
  OpenSearcher({});
}

}  // namespace

void AddEvalCommand(CLI::App& program, const Session& session) {
  auto options = std::make_shared<EvalOptions>();
  CLI::App* command = program.add_subcommand("eval", "measure how good the answers are");
  command->add_option("collection", options->collection, "the collection to search");
  command->add_option("--model", options->model, "where the collection's encoder is now")
      ->type_name("DIR");
  auto* questions = command->add_option("--questions", options->questions,
                                        "questions with answers (.qa.csv): top-k accuracy");
  command->add_option("--match", options->match, "how an answer is found in a passage")
      ->check(CLI::IsMember({"string", "regex"}))
      ->needs(questions);
  auto* qrels = command->add_option("--qrels", options->qrels, "judgements, of BEIR or TREC");
  auto* queries =
      command->add_option("--queries", options->queries, "questions by id: trec_eval's metrics");
  queries->needs(qrels)->excludes(questions);
  auto* run = command->add_option("--run", options->run, "a run file instead of a collection");
  run->needs(qrels)->excludes(queries)->excludes(questions);
  command->add_option("--compare", options->compare, "another run: differences and p values")
      ->needs(run);
  command->add_option("--mode", options->mode, "how to search (default: dense)")
      ->check(CLI::IsMember({"dense", "bm25", "hybrid"}));
  command->add_option("-k", options->k, "passages retrieved (default: 100; with judgements 1,000)")
      ->check(CLI::PositiveNumber);
  command->add_flag("--exclude-self", options->exclude_self,
                    "drop the passage whose id is the question's");
  command->footer(kFooter);
  command->callback([options, &session] { Eval(*options, session); });
}

}  // namespace dpr::cli
