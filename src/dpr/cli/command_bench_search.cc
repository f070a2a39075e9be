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
#include "dpr/cli/description_text.h"
#include "dpr/vectors/exact_search.h"
#include "dpr/vectors/ann_index.h"
#include "dpr/vectors/graph_builder.h"
#include "dpr/vectors/inverted_builder.h"
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
  dpr bench search --base p.npy --queries q.npy --index graph --recall 0.95

exact reads codes of a byte a number, and the exact vectors of what can be among the best; flat reads
every exact vector. graph and inverted are built in memory, and their effort is the least that reaches
--recall of the best 10 on every second question; what is printed is measured on all.)";

constexpr int64_t kSingleQuestions = 200;  // asked one at a time, for the latencies
constexpr int64_t kCheckedQuestions = 50;  // compared with the naive search
constexpr int64_t kWarmingQuestions = 8;

struct BenchSearchOptions {
  std::string base, queries;
  std::string index = "exact";
  std::string similarity = "dot";
  int64_t k = 100;
  double recall = 0.98;
  std::vector<int64_t> efforts;
  GraphOptions graph;
  InvertedOptions inverted;
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

// What is searched, and the index over it.
class Bench {
 public:
  Bench(const BenchSearchOptions& options, ConstFloatView base)
      : options_(options),
        similarity_(ParseSimilarity(options.similarity)),
        space_{{base}, {}},
        flat_{{base}, {}} {
    if (options.index != "flat") codes_.emplace(base);
    if (codes_) space_.blocks.front().codes = codes_->view();
    NoProgress silent;
    if (options.index == "graph") {
      graph_.emplace(codes_->view(), similarity_, options.graph, silent);
      graph_index_.emplace(graph_->view(), similarity_);
      ann_ = &*graph_index_;
    }
    if (options.index == "inverted") {
      inverted_.emplace(CodedRows({codes_->view()}, similarity_), options.inverted, silent);
      ann_ = &inverted_->index();
    }
  }

  Json Run(ConstFloatView questions) const {
    const RankedRows truth = Truth(questions);
    if (ann_ == nullptr) {
      return MeasureSearch(
          [&](ConstFloatView asked, SearchCosts& costs) {
            return ExactSearch(space_, similarity_, asked, options_.k, &costs);
          },
          questions, truth);
    }
    if (options_.efforts.empty()) return AtEffort(TunedEffort(questions), questions, truth);
    Json points = Json::array();
    for (const int64_t effort : options_.efforts) {
      points.push_back(AtEffort(effort, questions, truth));
    }
    return {{"points", points}};
  }

  // That every search may touch.
  double bytes_per_vector() const {
    const ConstFloatView base = space_.blocks.front().vectors;
    if (inverted_) {
      return static_cast<double>(inverted_->bytes()) / static_cast<double>(base.rows);
    }
    double bytes = static_cast<double>(base.columns) * sizeof(float);
    if (codes_) bytes = static_cast<double>(CodeStride(base.columns)) + sizeof(CodeRow);
    if (graph_) bytes += static_cast<double>(options_.graph.most_edges) * sizeof(Node);
    return bytes;
  }

 private:
  // For an approximate index what exact search finds; for exact search the slow twin's, of a few questions.
  RankedRows Truth(ConstFloatView questions) const {
    if (ann_ != nullptr) return ExactSearch(flat_, similarity_, questions, options_.k);
    const int64_t few = std::min(questions.rows, kCheckedQuestions);
    return NaiveSearch(flat_, similarity_, questions.rows_from(0, few), options_.k);
  }

  int64_t TunedEffort(ConstFloatView questions) const {
    NoProgress silent;
    const RecallCurve curve =
        MeasureRecall(space_, *ann_, questions, options_.recall, silent);
    if (curve.effort_10 > 0) return curve.effort_10;
    throw Error(ErrorCode::kInvalid,
                "no effort reaches a recall of " + std::to_string(options_.recall), "--recall",
                "Ask for less");
  }

  Json AtEffort(int64_t effort, ConstFloatView questions, const RankedRows& truth) const {
    Json result = {{"effort", effort}};
    result.update(MeasureSearch(
        [&](ConstFloatView asked, SearchCosts& costs) {
          return ann_->Search(space_, asked, options_.k, effort, &costs);
        },
        questions, truth));
    return result;
  }

  const BenchSearchOptions& options_;
  const Similarity similarity_;
  SearchSpace space_;
  const SearchSpace flat_;
  std::optional<CodesInMemory> codes_;
  std::optional<GraphInMemory> graph_;
  std::optional<GraphIndex> graph_index_;
  std::optional<InvertedInMemory> inverted_;
  const AnnIndex* ann_ = nullptr;
};

Json Measure(const BenchSearchOptions& options) {
  const NpyFile base(options.base), queries(options.queries);
  if (base.view().columns != queries.view().columns) {
    throw Error(ErrorCode::kMismatch,
                "the vectors have " + std::to_string(base.view().columns) +
                    " dimensions, the queries " + std::to_string(queries.view().columns),
                options.queries, "Encode both with the same model");
  }
  const auto begin = Clock::now();
  const Bench bench(options, base.view());
  Json json = {{"build_seconds", Seconds(begin)}};
  json.update(bench.Run(queries.view()));
  json["bytes_per_vector"] = bench.bytes_per_vector();
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
  command.add_option("--edges", options.graph.edges, "that a row keeps (default: 32)")
      ->check(CLI::Range(1, 1024));
  command.add_option("--most-edges", options.graph.most_edges, "before it chooses (default: 48)")
      ->check(CLI::Range(2, 2048));
  command.add_option("--build-effort", options.graph.effort, "of a new row's walk")
      ->check(CLI::Range(1, 1 << 20));
  command.add_option("--lists", options.inverted.lists, "of an inverted file (default: 2 sqrt(n))")
      ->check(CLI::Range(1, 1 << 20));
  command.add_option("--pruning", options.graph.pruning, "of squared distances (default: 1.2)")
      ->check(CLI::Range(1.0, 10.0));
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
  command->add_option("--index", options->index, "exact, flat, graph or inverted (default: exact)")
      ->check(CLI::IsMember({"exact", "flat", "graph", "inverted"}));
  command->add_option("--similarity", options->similarity, "dot, cosine or l2 (default: dot)")
      ->check(CLI::IsMember({"dot", "cosine", "l2"}));
  AddIndexOptions(*command, *options);
  command->footer(kFooter);
  command->callback([options, &session] {
    const Json json = Measure(*options);
    std::cout << (session.json ? json.dump() + "\n" : DescriptionText(json.dump()));
  });
}

}  // namespace dpr::cli
