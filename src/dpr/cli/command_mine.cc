// dpr mine: questions into training examples with hard negatives, in DPR's format.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/cli/answer_options.h"
#include "dpr/cli/command.h"
#include "dpr/cli/encoder_options.h"
#include "dpr/cli/search_options.h"
#include "dpr/report/format.h"
#include "dpr/retrieval/mining_file.h"

namespace dpr::cli {
namespace {

constexpr const char* kFooter = R"(Examples:
  dpr mine wiki.dpr --questions nq-train.qa.csv -o nq-train.jsonl
  dpr mine wiki.dpr --questions nq-train.qa.csv -o round2.jsonl --negatives dense,bm25
  dpr mine cacm.dpr --questions cacm/queries.jsonl --qrels cacm/qrels/test.tsv -o cacm.jsonl

The positive is the best BM25 passage that holds an answer, or with --qrels the gold passage. No
negative's text holds an answer, is a near-duplicate of a positive, or is there twice. A command that was
killed can be given again and goes on.)";

struct MineCommand {
  std::string collection;
  MiningFiles files;
  std::vector<std::string> kinds = {"bm25"};
  AnswerOptions answers;
  std::string model, vocabulary, precision;
  Bm25Options bm25;
  MiningOptions mining;
};

Searcher OpenSearcher(const MineCommand& options, const Session& session) {
  SearchOptions search;
  search.model = options.model;
  search.vocabulary = options.vocabulary;
  search.precision = options.precision;
  search.mode = SearchModeName(MiningMode(Collection::Open(options.collection), options.mining,
                                          !options.files.judgements.empty()));
  search.bm25 = options.bm25;
  return search.Open(options.collection, session);
}

void Print(const MineCommand& options, const MiningCounts& counts, const Session& session) {
  if (session.json) {
    const nlohmann::ordered_json json = {{"output", options.files.out.string()},
                                         {"questions", counts.questions},
                                         {"examples", counts.examples},
                                         {"without_positive", counts.without_positive},
                                         {"short_answers", counts.short_answers},
                                         {"missing_gold", counts.missing_gold},
                                         {"few_negatives", counts.few_negatives},
                                         {"slow_answers", counts.slow_answers},
                                         {"dropped",
                                          {{"positives", counts.positives_dropped},
                                           {"answer_bearing", counts.answers_dropped},
                                           {"near_duplicates", counts.near_duplicates_dropped},
                                           {"margin", counts.margin_dropped}}}};
    std::cout << json.dump() << "\n";
    return;
  }
  std::cout << options.files.out.string() << ": " << FormatCount(counts.examples)
            << " examples from " << FormatCount(counts.questions) << " questions\n";
  const auto line = [](int64_t count, const char* what) {
    if (count > 0) std::cout << "  " << FormatCount(count) << " " << what << "\n";
  };
  line(counts.without_positive, "questions left out: no passage within the depth holds an answer");
  line(counts.short_answers, "questions left out: every answer is too short");
  line(counts.missing_gold,
       "questions left out: the gold passage is not in the collection, or none is given");
  line(counts.answers_dropped, "candidates dropped: they hold an answer");
  line(counts.near_duplicates_dropped, "candidates dropped: near-duplicates of a positive");
  line(counts.margin_dropped, "candidates dropped: they score too close to the positive");
  line(counts.few_negatives, "times fewer negatives of a kind than asked for");
  line(counts.slow_answers, "answers took too long in some passage: no match there");
}

void Mine(MineCommand& options, const Session& session) {
  options.mining.kinds.clear();
  for (const std::string& kind : options.kinds) {
    options.mining.kinds.push_back(ParseNegativeKind(kind));
  }
  options.mining.match = options.answers.mode();
  options.mining.bad_patterns = options.answers.bad_patterns();
  const Searcher searcher = OpenSearcher(options, session);
  const auto progress = session.MakeProgress();
  if (options.mining.depth > searcher.collection().passages()) {
    progress->Note("the collection holds " + FormatCount(searcher.collection().passages()) +
                   " passages: lists end there");
  }
  Print(options, MineFile(searcher, options.files, options.mining, *progress), session);
}

}  // namespace

void AddMineCommand(CLI::App& program, const Session& session) {
  auto options = std::make_shared<MineCommand>();
  CLI::App* command = program.add_subcommand("mine", "training examples with hard negatives");
  command->add_option("collection", options->collection, "the collection to take passages from")
      ->required();
  command
      ->add_option("--questions", options->files.questions,
                   "questions with answers (.qa.csv), or with --qrels by id")
      ->required();
  command->add_option("--qrels", options->files.judgements, "gold passages, of BEIR or TREC");
  command->add_option("-o,--output", options->files.out, "the examples, DPR's JSON a line each")
      ->required();
  command
      ->add_option("--negatives", options->kinds,
                   "kinds: bm25, dense, random, gold (of other questions) (default: bm25)")
      ->delimiter(',');
  MiningOptions& mining = options->mining;
  command
      ->add_option("--per-question", mining.per_question,
                   "negatives of each kind, at most (default: 30)")
      ->check(CLI::Range(1, 1000));
  command
      ->add_option("--depth", mining.depth,
                   "passages ranked for positives and negatives (default: 100)")
      ->check(CLI::Range(1, 1 << 30));
  options->answers.AddTo(*command);
  command
      ->add_option("--shortest-answer", mining.shortest_answer,
                   "characters; a shorter answer makes no positive (default: 3)")
      ->check(CLI::NonNegativeNumber);
  command
      ->add_option("--margin", mining.margin,
                   "drop negatives that score above the positive's score less this")
      ->check([](const std::string& text) {
        return std::isfinite(std::strtod(text.c_str(), nullptr)) ? "" : "it must be a number";
      });
  command->add_option("--seed", mining.seed, "of what is sampled (default: 0)")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--model", options->model, "where the collection's encoder is now")
      ->type_name("DIR|FILE");
  AddPrecisionOption(*command, options->precision, "that of the passages");
  AddVocabularyOption(*command, options->vocabulary);
  options->bm25.AddTo(*command);
  command->footer(kFooter);
  command->callback([options, &session] { Mine(*options, session); });
}

}  // namespace dpr::cli
