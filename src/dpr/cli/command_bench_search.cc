// dpr bench search: how fast, and how exact, vectors of your own are searched.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "dpr/base/error.h"
#include "dpr/cli/bench_commands.h"
#include "dpr/cli/description_text.h"
#include "dpr/vectors/exact_search.h"
#include "dpr/vectors/graph.h"
#include "dpr/vectors/graph_builder.h"
#include "dpr/vectors/npy.h"

namespace dpr::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Rows = std::vector<std::vector<ScoredRow>>;

constexpr const char* kFooter = R"(Example:
  dpr encode passages.tsv --model MODEL -o p.npy
  dpr encode questions.tsv --model MODEL --question -o q.npy
  dpr bench search --base p.npy --queries q.npy)";

constexpr int64_t kSingleQuestions = 200;  // asked one at a time, for the latencies
constexpr int64_t kCheckedQuestions = 50;  // compared with the naive search, for the recall

struct BenchSearchOptions {
  std::string base, queries;
  std::string index = "exact";
  std::string similarity = "dot";
  int64_t k = 100;
  int64_t effort = 64;
  GraphOptions graph;
};

struct BenchSearchResult {
  double build_seconds = 0, batch_qps = 0, one_median_ms = 0, one_p99_ms = 0;
  double recall_10 = 0, recall_100 = 0;
  double coded = 0;   // codes that a question of the batch was compared with
  double scored = 0;  // exact vectors that a question of the batch read
  double bytes_per_vector = 0;
  int64_t peak_memory_bytes = 0;
};

double Seconds(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// The share of the true top k that was found, over the first `truth.size()` questions.
double Recall(const Rows& found, const Rows& truth, size_t k) {
  double sum = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    const size_t wanted = std::min(k, truth[i].size());
    std::set<int64_t> rows;
    for (size_t j = 0; j < wanted; ++j) rows.insert(truth[i][j].row);
    size_t hits = 0;
    for (size_t j = 0; j < std::min(wanted, found[i].size()); ++j)
      hits += rows.count(found[i][j].row);
    sum += wanted == 0 ? 1 : static_cast<double>(hits) / static_cast<double>(wanted);
  }
  return truth.empty() ? 1 : sum / static_cast<double>(truth.size());
}

BenchSearchResult Measure(const BenchSearchOptions& options) {
  const auto begin = Clock::now();
  const NpyFile base(options.base), queries(options.queries);
  if (base.view().columns != queries.view().columns) {
    throw Error(ErrorCode::kMismatch,
                "the vectors have " + std::to_string(base.view().columns) +
                    " dimensions, the queries " + std::to_string(queries.view().columns),
                options.queries, "Encode both with the same model");
  }
  const Similarity similarity = ParseSimilarity(options.similarity);
  std::optional<CodesInMemory> codes;
  if (options.index != "flat") codes.emplace(base.view());
  const SearchSpace space{{{base.view(), codes ? codes->view() : CodesView()}}, {}};
  std::optional<GraphInMemory> graph;
  if (options.index == "graph") {
    NoProgress silent;
    graph.emplace(codes->view(), similarity, options.graph, silent);
  }
  BenchSearchResult result;
  result.build_seconds = Seconds(begin);

  const ConstFloatView all = queries.view();
  const auto search = [&](ConstFloatView asked, SearchCosts* costs) {
    if (graph)
      return GraphSearch(space, graph->view(), similarity, asked, options.k, options.effort, costs);
    return ExactSearch(space, similarity, asked, options.k, costs);
  };
  search(all.rows_from(0, std::min<int64_t>(all.rows, 8)), nullptr);
  const auto batch_begin = Clock::now();
  SearchCosts costs;
  const Rows found = search(all, &costs);
  result.batch_qps = static_cast<double>(all.rows) / Seconds(batch_begin);
  result.coded = static_cast<double>(costs.coded) / static_cast<double>(all.rows);
  result.scored = static_cast<double>(costs.scored) / static_cast<double>(all.rows);

  std::vector<double> each;
  for (int64_t i = 0; i < std::min(all.rows, kSingleQuestions); ++i) {
    const auto one_begin = Clock::now();
    search(all.rows_from(i, 1), nullptr);
    each.push_back(1000 * Seconds(one_begin));
  }
  result.one_median_ms = Quantile(each, .5);
  result.one_p99_ms = Quantile(each, .99);

  const int64_t checked = std::min(all.rows, kCheckedQuestions);
  const Rows truth = NaiveSearch(space, similarity, all.rows_from(0, checked), options.k);
  result.recall_10 = Recall(found, truth, 10);
  result.recall_100 = Recall(found, truth, 100);
  result.bytes_per_vector =
      codes ? static_cast<double>(CodeStride(base.view().columns)) + sizeof(CodeRow)
            : static_cast<double>(base.view().columns) * sizeof(float);
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  result.peak_memory_bytes = usage.ru_maxrss * 1024;
  return result;
}

void Print(const BenchSearchResult& r, const Session& session) {
  const nlohmann::ordered_json json = {{"build_seconds", r.build_seconds},
                                       {"batch_qps", r.batch_qps},
                                       {"one_median_ms", r.one_median_ms},
                                       {"one_p99_ms", r.one_p99_ms},
                                       {"recall_10", r.recall_10},
                                       {"recall_100", r.recall_100},
                                       {"codes_read", r.coded},
                                       {"exact_vectors_read", r.scored},
                                       {"bytes_per_vector", r.bytes_per_vector},
                                       {"peak_memory_bytes", r.peak_memory_bytes}};
  std::cout << (session.json ? json.dump() + "\n" : DescriptionText(json.dump()));
}

}  // namespace

void AddBenchSearch(CLI::App& bench, const Session& session) {
  auto options = std::make_shared<BenchSearchOptions>();
  CLI::App* command =
      bench.add_subcommand("search", "speed and recall of search over .npy vectors");
  command->add_option("--base", options->base, "the vectors searched (.npy)")->required();
  command->add_option("--queries", options->queries, "the questions' vectors (.npy)")->required();
  command->add_option("-k", options->k, "results for each question (default: 100)")
      ->check(CLI::Range(1, 1 << 30));
  command
      ->add_option("--index", options->index,
                   "exact: by codes of a byte a number, and the exact vectors of what can be among "
                   "the best; flat: every exact vector (default: exact)")
      ->check(CLI::IsMember({"exact", "flat", "graph"}));
  command->add_option("--effort", options->effort, "of a graph");
  command->add_option("--edges", options->graph.edges, "of a graph");
  command->add_option("--most-edges", options->graph.most_edges, "of a graph");
  command->add_option("--build-effort", options->graph.effort, "of a graph");
  command->add_option("--pruning", options->graph.pruning, "of a graph");
  command->add_option("--similarity", options->similarity, "dot, cosine or l2 (default: dot)")
      ->check(CLI::IsMember({"dot", "cosine", "l2"}));
  command->footer(kFooter);
  command->callback([options, &session] { Print(Measure(*options), session); });
}

}  // namespace dpr::cli
