#include "dpr/experiments/findings.h"

#include <algorithm>

#include "dpr/evaluation/evaluate.h"

namespace dpr {
namespace {

struct VariantRanks {
  std::string variant;
  std::vector<uint64_t> seeds;
  std::vector<Ranks> ranks;  // by seed
};

const std::vector<int>& Column(const Ranks& ranks, Right right) {
  return right == Right::kGold ? ranks.gold : right == Right::kAnswer ? ranks.answer : ranks.strict;
}

// 1 for each question that counts and whose rank is at most k, else 0.
SeededValues ValuesAt(const VariantRanks& variant, Right right, int k) {
  SeededValues values;
  values.seeds = variant.seeds;
  for (const Ranks& ranks : variant.ranks) {
    std::vector<double>& own = values.values.emplace_back();
    for (const int rank : Column(ranks, right)) {
      if (rank >= 0) own.push_back(rank >= 1 && rank <= k ? 1 : 0);
    }
  }
  return values;
}

SeparationOptions OptionsOf(Size size) {
  SeparationOptions options;
  if (size == Size::kSmoke) options.bootstrap.resamples = 2000;
  return options;
}

std::vector<double> MeansOfSeeds(const SeededValues& values) {
  std::vector<double> means;
  for (const std::vector<double>& seed : values.values) means.push_back(Mean(seed));
  return means;
}

void Compare(const std::vector<SeededValues>& values, const std::string& baseline, Size size,
             std::vector<RowFindings>& rows) {
  SeparationOptions options = OptionsOf(size);
  // So that Holm's correction over all pairs can still find something.
  const auto pairs = static_cast<int>(values.size() * (values.size() - 1) / 2);
  options.bootstrap.resamples = std::max(options.bootstrap.resamples, 50 * pairs);
  const Separation separation = Separate(values, options);
  size_t base = rows.size();
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].letters = separation.letters[i];
    rows[i].by_seed = MeansOfSeeds(values[i]);
    if (rows[i].variant == baseline) base = i;
  }
  for (const VariantPair& pair : separation.pairs) {
    if (pair.first != base && pair.second != base) continue;
    RowFindings& row = rows[pair.first == base ? pair.second : pair.first];
    row.to_baseline = pair.difference;
    row.adjusted_p = pair.adjusted_p;
    if (pair.first != base) continue;  // the difference is the row's minus the baseline's
    row.to_baseline.difference = -row.to_baseline.difference;
    row.to_baseline.interval = {-pair.difference.interval.high, -pair.difference.interval.low};
  }
}

TableFindings TableOf(const std::vector<VariantRanks>& variants, const std::string& set,
                      Right right, const Definition& definition, Size size) {
  TableFindings table;
  table.set = set;
  table.right = right;
  std::vector<SeededValues> compared;
  for (const VariantRanks& variant : variants) {
    RowFindings row;
    row.variant = variant.variant;
    for (const int k : definition.columns) {
      const SeededValues values = ValuesAt(variant, right, k);
      table.questions = static_cast<int64_t>(values.values.front().size());
      if (table.questions == 0) return table;
      row.means.push_back(MeanOf(values));
      row.intervals.push_back(HierarchicalInterval(values, OptionsOf(size).bootstrap));
    }
    compared.push_back(ValuesAt(variant, right, definition.compare_at));
    table.rows.push_back(std::move(row));
  }
  Compare(compared, definition.baseline, size, table.rows);
  return table;
}

std::vector<VariantRanks> RanksOn(const std::string& set, const ExperimentSteps& experiment,
                                  const StepStore& store) {
  std::vector<VariantRanks> all;
  for (const VariantDefinition& variant : experiment.definition.variants) {
    const VariantSteps& steps = experiment.variants.at(variant.name);
    const auto ranked = steps.ranked.find(set);
    if (ranked == steps.ranked.end()) continue;
    VariantRanks& own = all.emplace_back(VariantRanks{variant.name, steps.seeds, {}});
    for (const StepPointer& step : ranked->second) {
      own.ranks.push_back(Ranks::Parse(ReadFile(store.Folder(*step) / "ranks.json")));
    }
  }
  return all;
}

}  // namespace

std::string RightName(Right right) {
  return right == Right::kGold     ? "gold passage"
         : right == Right::kAnswer ? "answer string"
                                   : "answer string, strict";
}

std::string RightKey(Right right) {
  return right == Right::kGold ? "gold" : right == Right::kAnswer ? "answer" : "strict";
}

ExperimentFindings FindingsOf(const ExperimentSteps& experiment, const StepStore& store,
                              Size size) {
  ExperimentFindings findings;
  for (const SetDefinition& set : experiment.definition.sets) {
    const std::vector<VariantRanks> variants = RanksOn(set.name, experiment, store);
    if (variants.empty()) continue;
    for (const Right right : kRights) {
      TableFindings table = TableOf(variants, set.name, right, experiment.definition, size);
      if (table.questions > 0) findings.tables.push_back(std::move(table));
    }
  }
  return findings;
}

}  // namespace dpr
