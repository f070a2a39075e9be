#include "dpr/vectors/list_scan.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "dpr/tensor/ops.h"
#include "dpr/vectors/bit_kernels.h"
#include "dpr/vectors/select.h"

namespace dpr {
namespace {

constexpr int64_t kFirstLists = 8;      // of a question
constexpr int64_t kPiecePlaces = 1024;  // that are summed before they are looked at
// How many of the best estimates are kept, how many of these are scored by codes of a byte a number
// in any case, and by how many deviations of its estimate another may be too low to be scored too
// (docs/design/inverted.md).
constexpr int64_t kKeptAtLeast = 64, kKeptForEach = 8, kSureForEach = 2;
// Recall is measured for so many: who asks for fewer gets the best of these.
constexpr int64_t kFewest = 10;
constexpr double kDeviations = 2;
// An estimate's deviation, in factors of its row and the question's norm: sqrt(1 - 2 / pi). (Gao
// and Long 2024, with factor = |x - c| sqrt(pi / 2 / d).)
constexpr double kDeviation = 0.6028;
// How many rows ahead codes are fetched.
constexpr size_t kAhead = 8;

void Fetch(const CodesView& codes) {
  for (int64_t at = 0; at < codes.codes.stride; at += kCodeLine) {
    __builtin_prefetch(codes.codes.data + at);
  }
  __builtin_prefetch(codes.rows);
}

}  // namespace

ListScan::ListScan(const InvertedIndex& index, const CandidateSpace& space, int64_t k,
                   int64_t effort)
    : index_(index),
      view_(index.view()),
      space_(space),
      k_(k),
      effort_(std::clamp<int64_t>(effort, 1, view_.lists())),
      sums_(kPiecePlaces),
      places_(kPiecePlaces),
      estimates_(kPiecePlaces) {}

bool ListScan::HasNorm(const float* question, int64_t dimensions) {
  return std::isfinite(Dot(question, question, dimensions));
}

void ListScan::Run(ConstFloatView questions, std::vector<ScoredRow>* results) {
  Prepare(questions);
  Scan(first_lists_);
  Scan(other_lists_);
  for (int64_t i = 0; i < questions.rows; ++i) {
    if (HasNorm(questions.row(i), view_.dimensions)) results[i] = Decide(questions.row(i), i);
  }
}

void ListScan::Prepare(ConstFloatView questions) {
  if (products_.rows() < questions.rows) {
    products_ = Matrix(questions.rows, view_.dimensions + view_.lists());
  }
  index_.products().Forward(questions, products_.view().rows_from(0, questions.rows));
  first_lists_.clear();
  other_lists_.clear();
  for (int64_t i = 0; i < questions.rows; ++i) {
    if (static_cast<int64_t>(tables_.size()) == i) {
      tables_.emplace_back(view_.dimensions);
      pools_.emplace_back(kKeptAtLeast + kKeptForEach * std::max(k_, kFewest));
    }
    pools_[static_cast<size_t>(i)].Clear();
    if (!HasNorm(questions.row(i), view_.dimensions)) continue;
    tables_[static_cast<size_t>(i)].Set(products_.row(i));
    ChooseLists(static_cast<uint32_t>(i));
  }
}

// The best few are scanned before the others: their rows keep most of the others' out.
void ListScan::ChooseLists(uint32_t question) {
  const float* scores = products_.row(question) + view_.dimensions;
  order_.clear();
  for (int64_t list = 0; list < view_.lists(); ++list) {
    order_.push_back(MakeRankKey(scores[list], static_cast<uint32_t>(list)));
  }
  const auto end = order_.begin() + static_cast<std::ptrdiff_t>(effort_);
  const auto first = order_.begin() + static_cast<std::ptrdiff_t>(std::min(kFirstLists, effort_));
  SelectGreatest(std::span(order_), static_cast<size_t>(end - order_.begin()), scratch_);
  SelectGreatest(std::span(order_.begin(), end), static_cast<size_t>(first - order_.begin()),
                 scratch_);
  for (auto key = order_.begin(); key != end; ++key) {
    (key < first ? first_lists_ : other_lists_).push_back({NumberOf(*key), question});
  }
}

// Each list for all questions that ask for it, so that it is read once.
void ListScan::Scan(const std::vector<Probe>& probes) {
  ends_.assign(static_cast<size_t>(view_.lists()) + 1, 0);
  for (const Probe& probe : probes) ++ends_[probe.list + 1];
  std::partial_sum(ends_.begin(), ends_.end(), ends_.begin());
  askers_.resize(probes.size());
  for (const Probe& probe : probes) askers_[ends_[probe.list]++] = probe.question;
  size_t at = 0;
  for (int64_t list = 0; list < view_.lists(); ++list) {
    for (; at < ends_[static_cast<size_t>(list)]; ++at) Scan(list, askers_[at]);
  }
}

void ListScan::Scan(int64_t list, uint32_t question) {
  const BitQuestion& tables = tables_[question];
  EstimatePool& pool = pools_[question];
  const auto begin = static_cast<int64_t>(view_.begins[static_cast<size_t>(list)]) * kBitBlock;
  const auto end = static_cast<int64_t>(view_.begins[static_cast<size_t>(list) + 1]) * kBitBlock;
  costs_.coded += end - begin;
  for (int64_t first = begin; first < end; first += kPiecePlaces) {
    const int64_t count = std::min(kPiecePlaces, end - first);
    tables.Sum(view_.bits + first * BitBytes(view_.dimensions), count / kBitBlock, sums_.data());
    const BitScale scale{
        view_.factors + first, view_.offsets == nullptr ? nullptr : view_.offsets + first,
        products_.row(question)[view_.dimensions + list], tables.bias(), tables.scale()};
    const int64_t passing =
        PassingBits(sums_.data(), count, scale, pool.least(), places_.data(), estimates_.data());
    for (int64_t i = 0; i < passing; ++i) {
      const auto place = static_cast<uint32_t>(first + places_.data()[i]);
      if (IsLive(place)) pool.Push(estimates_.data()[i], place);
    }
  }
}

bool ListScan::IsLive(uint32_t place) const {
  return space_.space.deleted.empty() || !IsDeleted(space_.space.deleted, view_.row_of[place]);
}

// The best estimates are looked at first; then those of the others that may well be among the k
// best, by how far estimates are off.
std::vector<ScoredRow> ListScan::Decide(const float* question, int64_t i) {
  const std::span<RankKey> found = pools_[static_cast<size_t>(i)].Best();
  const WordQuestion words(question, view_.dimensions);
  Candidates candidates(space_, question, words, k_);
  const auto sure = static_cast<size_t>(kSureForEach * std::max(k_, kFewest));
  if (found.size() <= sure) {
    Add(found, candidates);
    return Finish(candidates);
  }
  SelectGreatest(found, sure, scratch_);
  Add(found.first(sure), candidates);
  const ScreenedQuestion& screened = candidates.question();
  const double needed = (candidates.Settle() - screened.intercept) / screened.slope;
  const double error =
      kDeviations * kDeviation * std::sqrt(Dot(question, question, view_.dimensions));
  std::span<RankKey> rest = found.subspan(sure);
  const auto end = std::remove_if(rest.begin(), rest.end(), [&](RankKey key) {
    return ScoreOf(key) + error * view_.factors[NumberOf(key)] < needed;
  });
  Add(rest.first(static_cast<size_t>(end - rest.begin())), candidates);
  return Finish(candidates);
}

// keys: of places, which in a damaged file may hold no row.
void ListScan::Add(std::span<const RankKey> keys, Candidates& candidates) {
  costs_.coded += static_cast<int64_t>(keys.size());
  rows_.clear();
  for (const RankKey key : keys) {
    const uint32_t row = view_.row_of[NumberOf(key)];
    if (row < view_.rows) rows_.push_back(row);
  }
  for (size_t i = 0; i < rows_.size() + kAhead; ++i) {
    if (i < rows_.size()) Fetch(FindCodes(space_.blocks, rows_[i]));
    if (i < kAhead) continue;
    const uint32_t row = rows_[i - kAhead];
    candidates.Add(row, FindCodes(space_.blocks, row));
  }
}

std::vector<ScoredRow> ListScan::Finish(Candidates& candidates) {
  std::vector<ScoredRow> best = candidates.Finish();
  costs_.scored += candidates.scored();
  return best;
}

}  // namespace dpr
