// dpr bench search: how fast, and how exact, vectors of your own are searched.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "dpr/base/error.h"
#include "dpr/cli/bench_commands.h"
#include "dpr/cli/bench_index.h"
#include "dpr/cli/description_text.h"
#include "dpr/vectors/exact_search.h"
#include "dpr/vectors/npy.h"
#include "dpr/vectors/recall.h"

namespace dpr::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

constexpr const char* kFooter = R"(Examples:
  dpr encode passages.tsv --model MODEL -o p.npy
  dpr encode questions.tsv --model MODEL --question -o q.npy
  dpr bench search --base p.npy --queries q.npy
  dpr bench search --base p.npy --queries q.npy --index inverted --recall 0.95
  dpr bench search --base p.npy --queries q.npy --index inverted --work ivf   # on disk

exact reads codes of a byte a number, and the exact vectors of what can be among the best; flat reads
every exact vector. graph and inverted are built in memory, and their effort is the least that reaches
--recall of the best 10 on every second question; what is printed is measured on all.)";

constexpr int64_t kSingleQuestions = 200;  // asked one at a time, for the latencies
constexpr int64_t kCheckedQuestions = 50;  // compared with the naive search
constexpr int64_t kWarmingQuestions = 8;

struct BenchSearchOptions {
  BenchIndexOptions index;
  std::string queries;
  int64_t k = 100;
  double recall = 0.98;
  std::vector<int64_t> efforts;
};

using Search = std::function<RankedRows(ConstFloatView questions, SearchCosts& costs)>;

double Seconds(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// How fast one way of searching is, and what it finds of `truth`.
Json MeasureSearch(const Search& search, ConstFloatView questions, const RankedRows& truth) {
  SearchCosts warming, costs;
  search(questions.rows_from(0, std::min(questions.rows, kWarmingQuestions)), warming);
  const auto begin = Clock::now();
  const RankedRows found = search(questions, costs);
  const double batch = Seconds(begin);
  std::vector<double> each;
  for (int64_t i = 0; i < std::min(questions.rows, kSingleQuestions); ++i) {
    const auto one_begin = Clock::now();
    search(questions.rows_from(i, 1), warming);
    each.push_back(1000 * Seconds(one_begin));
  }
  const auto count = static_cast<double>(questions.rows);
  return {{"batch_qps", count / batch},
          {"one_median_ms", Quantile(each, .5)},
          {"one_p99_ms", Quantile(each, .99)},
          {"recall_10", RecallAt(found, truth, 10)},
          {"recall_100", RecallAt(found, truth, 100)},
          {"codes_read", static_cast<double>(costs.coded) / count},
          {"exact_vectors_read", static_cast<double>(costs.scored) / count}};
}

// For an approximate index what exact search finds; for exact search the slow twin's, of a few
// questions.
RankedRows Truth(const BenchIndex& index, ConstFloatView questions, int64_t k) {
  const SearchSpace flat{{index.vectors()}, {}};
  if (index.ann() != nullptr) return ExactSearch(index.space(), index.similarity(), questions, k);
  const int64_t few = std::min(questions.rows, kCheckedQuestions);
  return NaiveSearch(flat, index.similarity(), questions.rows_from(0, few), k);
}

int64_t TunedEffort(const BenchIndex& index, ConstFloatView questions, double recall) {
  NoProgress silent;
  const RecallCurve curve = MeasureRecall(index.space(), *index.ann(), questions, recall, silent);
  if (curve.effort_10 > 0) return curve.effort_10;
  throw Error(ErrorCode::kInvalid, "no effort reaches a recall of " + std::to_string(recall),
              "--recall", "Ask for less");
}

Json MeasureIndex(const BenchIndex& index, const BenchSearchOptions& options,
                  ConstFloatView questions) {
  const RankedRows truth = Truth(index, questions, options.k);
  const SearchSpace space = index.space();
  if (index.ann() == nullptr) {
    return MeasureSearch(
        [&](ConstFloatView asked, SearchCosts& costs) {
          return ExactSearch(space, index.similarity(), asked, options.k, &costs);
        },
        questions, truth);
  }
  const auto at_effort = [&](int64_t effort) {
    Json result = {{"effort", effort}};
    result.update(MeasureSearch(
        [&](ConstFloatView asked, SearchCosts& costs) {
          return index.ann()->Search(space, asked, options.k, effort, &costs);
        },
        questions, truth));
    return result;
  };
  if (options.efforts.empty()) return at_effort(TunedEffort(index, questions, options.recall));
  Json points = Json::array();
  for (const int64_t effort : options.efforts) points.push_back(at_effort(effort));
  return {{"points", points}};
}

Json Measure(const BenchSearchOptions& options) {
  const NpyFile queries(options.queries);
  const auto begin = Clock::now();
  const BenchIndex index(options.index);
  const double build = Seconds(begin);
  if (index.vectors().columns != queries.view().columns) {
    throw Error(ErrorCode::kMismatch,
                "the vectors have " + std::to_string(index.vectors().columns) +
                    " dimensions, the queries " + std::to_string(queries.view().columns),
                options.queries, "Encode both with the same model");
  }
  Json json = {{"build_seconds", build}};
  json.update(MeasureIndex(index, options, queries.view()));
  json["bytes_per_vector"] = index.bytes_per_vector();
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  json["peak_memory_bytes"] = usage.ru_maxrss * 1024;
  return json;
}

void AddIndexOptions(CLI::App& command, BenchSearchOptions& options) {
  command
      .add_option("--recall", options.recall,
                  "of the best 10, that an approximate index is tuned for "
                  "(default: 0.98)")
      ->check(CLI::Range(0.5, 1.0));
  command.add_option("--efforts", options.efforts, "an index at each of these instead: \"points\"")
      ->delimiter(',')
      ->check(CLI::Range(1, 1 << 20));
  command.add_option("--edges", options.index.ann.graph.edges, "that a row keeps (default: 32)")
      ->check(CLI::Range(1, 1024));
  command
      .add_option("--most-edges", options.index.ann.graph.most_edges,
                  "before it chooses (default: 48)")
      ->check(CLI::Range(2, 2048));
  command.add_option("--build-effort", options.index.ann.graph.effort, "of a new row's walk")
      ->check(CLI::Range(1, 1 << 20));
  command
      .add_option("--lists", options.index.ann.inverted.lists,
                  "of an inverted file (default: 2 sqrt(n))")
      ->check(CLI::Range(1, 1 << 20));
  command
      .add_option("--pruning", options.index.ann.graph.pruning,
                  "of squared distances (default: 1.2)")
      ->check(CLI::Range(1.0, 10.0));
}

}  // namespace

void AddBenchSearch(CLI::App& bench, const Session& session) {
  auto options = std::make_shared<BenchSearchOptions>();
  CLI::App* command =
      bench.add_subcommand("search", "speed and recall of search over .npy vectors");
  command->add_option("--base", options->index.base, "the vectors searched (.npy)")->required();
  command->add_option("--queries", options->queries, "the questions' vectors (.npy)")->required();
  command->add_option("-k", options->k, "results for each question (default: 100)")
      ->check(CLI::Range(1, 1 << 30));
  command
      ->add_option("--index", options->index.index,
                   "exact, flat, graph or inverted (default: exact)")
      ->check(CLI::IsMember({"exact", "flat", "graph", "inverted"}));
  command->add_option("--similarity", options->index.similarity, "dot, cosine or l2 (default: dot)")
      ->check(CLI::IsMember({"dot", "cosine", "l2"}));
  command->add_option("--work", options->index.work,
                      "a folder to keep codes and index in, for more vectors than memory holds; a "
                      "second run finds them there");
  AddIndexOptions(*command, *options);
  command->footer(kFooter);
  command->callback([options, &session] {
    const Json json = Measure(*options);
    std::cout << (session.json ? json.dump() + "\n" : DescriptionText(json.dump()));
  });
}

}  // namespace dpr::cli
