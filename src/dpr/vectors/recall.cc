#include "dpr/vectors/recall.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "dpr/base/random.h"
#include "dpr/base/threads.h"
#include "dpr/vectors/row_tiles.h"

namespace dpr {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr int64_t kFew = 10, kDepth = 100;
constexpr int64_t kLeastEffort = 8;
constexpr double kGrowth = 1.4142135623730951;  // from one effort to the next
constexpr double kAllButAll = 0.9995;           // more effort would find next to nothing more
constexpr uint64_t kRowStream = 0x726563616c6c;

// Every second row of a matrix, from the first or from the second on.
Matrix EverySecond(ConstFloatView all, int64_t from) {
  Matrix half((all.rows - from + 1) / 2, all.columns);
  for (int64_t i = 0; i < half.rows(); ++i) {
    std::copy_n(all.row(from + 2 * i), all.columns, half.row(i));
  }
  return half;
}

struct Measurement {
  const SearchSpace& space;
  const AnnIndex& index;

  RankedRows Exact(ConstFloatView questions) const {
    return ExactSearch(space, index.similarity(), questions, kDepth);
  }
  RecallPoint At(int64_t effort, ConstFloatView questions, const RankedRows& truth) const {
    SearchCosts costs;
    const auto begin = std::chrono::steady_clock::now();
    const RankedRows many = index.Search(space, questions, kDepth, effort, &costs);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    // Who asks for few may get others than the first of who asks for many: an index keeps less.
    const RankedRows few = index.Search(space, questions, kFew, effort);
    const auto count = static_cast<double>(questions.rows);
    return {effort, RecallAt(few, truth, kFew), RecallAt(many, truth, kDepth),
            static_cast<double>(costs.coded) / count, took.count() * ThreadCount() / count};
  }
};

// The efforts from the least on that a target may take; the last is the first at which both recalls
// are as good as complete.
std::vector<RecallPoint> Climb(const Measurement& measurement, ConstFloatView questions,
                               const RankedRows& truth, Progress& progress) {
  const int64_t most = measurement.index.most_effort();
  std::vector<RecallPoint> points;
  for (double effort = kLeastEffort;; effort *= kGrowth) {
    points.push_back(
        measurement.At(std::min<int64_t>(std::llround(effort), most), questions, truth));
    progress.Advance(1);
    const RecallPoint& last = points.back();
    if (last.effort == most || std::min(last.recall_10, last.recall_100) >= kAllButAll) {
      return points;
    }
  }
}

// The least effort that reaches the target, bisected between the two that lie around it.
int64_t LeastEffort(const Measurement& measurement, ConstFloatView questions,
                    const RankedRows& truth, std::span<const RecallPoint> points,
                    double RecallPoint::*recall, double target) {
  const auto reached = std::find_if(points.begin(), points.end(), [&](const RecallPoint& point) {
    return point.*recall >= target;
  });
  if (reached == points.end()) return 0;
  int64_t enough = reached->effort;
  int64_t few = reached == points.begin() ? 0 : std::prev(reached)->effort;
  while (enough - few > std::max<int64_t>(1, enough / 16)) {
    const int64_t middle = (enough + few) / 2;
    if (measurement.At(middle, questions, truth).*recall >= target) {
      enough = middle;
    } else {
      few = middle;
    }
  }
  return enough;
}

}  // namespace

double RecallAt(const RankedRows& found, const RankedRows& truth, int64_t k) {
  double sum = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    const size_t wanted = std::min(static_cast<size_t>(k), truth[i].size());
    std::unordered_set<int64_t> rows;
    for (size_t j = 0; j < wanted; ++j) rows.insert(truth[i][j].row);
    size_t hits = 0;
    for (size_t j = 0; j < std::min(wanted, found[i].size()); ++j) {
      hits += rows.count(found[i][j].row);
    }
    sum += wanted == 0 ? 1 : static_cast<double>(hits) / static_cast<double>(wanted);
  }
  return truth.empty() ? 1 : sum / static_cast<double>(truth.size());
}

int64_t RecallCurve::EffortFor(int64_t k) const {
  if (k <= 10) return effort_10;
  if (k <= kDepth) return std::max(effort_10, effort_100);
  return std::max(effort_10, (effort_100 * k + kDepth - 1) / kDepth);
}

RecallCurve MeasureRecall(const SearchSpace& space, const AnnIndex& index, ConstFloatView questions,
                          double target, Progress& progress) {
  const Measurement measurement{space, index};
  const Matrix tuned = EverySecond(questions, 0), reported = EverySecond(questions, 1);
  progress.Stage("measuring recall", 0, "efforts");
  RecallCurve curve;
  curve.target = target;
  curve.questions = questions.rows;
  curve.asked = "questions";
  if (questions.rows < 2) return curve;  // one half would be empty
  const RankedRows truth = measurement.Exact(tuned.view());
  curve.points = Climb(measurement, tuned.view(), truth, progress);
  curve.effort_10 =
      LeastEffort(measurement, tuned.view(), truth, curve.points, &RecallPoint::recall_10, target);
  curve.effort_100 =
      LeastEffort(measurement, tuned.view(), truth, curve.points, &RecallPoint::recall_100, target);
  const RankedRows other_truth = measurement.Exact(reported.view());
  if (curve.effort_10 > 0) {
    curve.reported_10 = measurement.At(curve.effort_10, reported.view(), other_truth).recall_10;
  }
  if (curve.effort_100 > 0) {
    curve.reported_100 = measurement.At(curve.effort_100, reported.view(), other_truth).recall_100;
  }
  return curve;
}

RecallCurve MeasureRecallByRows(const SearchSpace& space, const AnnIndex& index, int64_t count,
                                double target, Progress& progress) {
  const CounterRandom random(1, kRowStream);
  std::vector<uint64_t> hidden(space.deleted.begin(), space.deleted.end());
  hidden.resize(static_cast<size_t>(space.rows() + 63) / 64);
  const std::vector<RowTile> blocks = CutIntoTiles(space, std::numeric_limits<int64_t>::max());
  const int64_t dimensions = index.dimensions();
  Matrix asked(std::min(count, index.rows()), dimensions);
  int64_t chosen = 0;
  // Rows that are there already or deleted are passed over.
  for (uint64_t draw = 0; chosen < asked.rows() && draw < 8 * static_cast<uint64_t>(count);
       ++draw) {
    const auto row = static_cast<int64_t>(random.Below(draw, static_cast<uint64_t>(index.rows())));
    if (IsDeleted(hidden, row)) continue;
    hidden[static_cast<size_t>(row / 64)] |= uint64_t{1} << row % 64;
    std::copy_n(FindRow(blocks, row), dimensions, asked.row(chosen++));
  }
  const SearchSpace rest{space.blocks, hidden, space.first_row};
  RecallCurve curve =
      MeasureRecall(rest, index, asked.view().rows_from(0, chosen), target, progress);
  curve.asked = "passages";
  return curve;
}

std::string RecallCurve::Json() const {
  OrderedJson json = {{"target", target},           {"asked", asked},
                      {"questions", questions},     {"effort_10", effort_10},
                      {"effort_100", effort_100},   {"recall_10", reported_10},
                      {"recall_100", reported_100}, {"curve", OrderedJson::array()}};
  for (const RecallPoint& point : points) {
    json["curve"].push_back({{"effort", point.effort},
                             {"recall_10", point.recall_10},
                             {"recall_100", point.recall_100},
                             {"codes_read", point.codes_read},
                             {"milliseconds", 1000 * point.seconds}});
  }
  return json.dump();
}

// Throws nlohmann's exceptions for what Json() did not write.
RecallCurve RecallCurve::FromJson(const std::string& text) {
  const OrderedJson json = OrderedJson::parse(text);
  RecallCurve curve;
  json.at("target").get_to(curve.target);
  json.at("asked").get_to(curve.asked);
  json.at("questions").get_to(curve.questions);
  json.at("effort_10").get_to(curve.effort_10);
  json.at("effort_100").get_to(curve.effort_100);
  json.at("recall_10").get_to(curve.reported_10);
  json.at("recall_100").get_to(curve.reported_100);
  for (const OrderedJson& point : json.at("curve")) {
    curve.points.push_back({point.at("effort").get<int64_t>(), point.at("recall_10").get<double>(),
                            point.at("recall_100").get<double>(),
                            point.at("codes_read").get<double>(),
                            point.at("milliseconds").get<double>() / 1000});
  }
  return curve;
}

}  // namespace dpr
