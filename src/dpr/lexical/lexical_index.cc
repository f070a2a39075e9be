#include "dpr/lexical/lexical_index.h"

#include <xapian.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/pool.h"
#include "dpr/base/threads.h"
#include "dpr/lexical/analyzer.h"
#include "dpr/lexical/database_pool.h"
#include "dpr/lexical/filtered_postings.h"
#include "dpr/lexical/lucene_weight.h"
#include "dpr/lexical/xapian_errors.h"

namespace dpr {
namespace {

constexpr int64_t kQuestionsTogether = 16;

// Leaves passages out of what Xapian has found, at its cost for each that would be among the best:
// for a few that do not count.
class CountingOnly : public Xapian::MatchDecider {
 public:
  CountingOnly(std::span<const uint64_t> excluded, int64_t first_row)
      : excluded_(excluded), first_row_(first_row) {}
  bool operator()(const Xapian::Document& document) const override {
    return !IsDeleted(excluded_, first_row_ + document.get_docid() - 1);
  }

 private:
  std::span<const uint64_t> excluded_;
  int64_t first_row_;
};

// A term of a question that some passage has.
struct WeightedTerm {
  std::string term;
  double weight = 0;  // c(t) idf(t)
};

// A term in one of the passages that are scored.
struct Occurrence {
  size_t place = 0;   // of the passage
  double weight = 0;  // of the term
  double frequency = 0;
};

// A term of a question before it is known how many passages have it.
struct CountedTerm {
  TermCount term;
  int64_t passages = 0;
};

}  // namespace

struct LexicalIndex::State {
  std::vector<LexicalSegment> segments;
  std::span<const uint64_t> deleted;
  AnalyzerSettings settings;
  LexicalStatistics statistics;
  mutable DatabasePool databases{segments};
  mutable Pool<std::unique_ptr<Analyzer>> analyzers;

  std::vector<CountedTerm> Analyze(const std::string& question) const;
  void CountPassages(size_t segment, std::span<std::vector<CountedTerm>> questions) const;
  std::vector<std::vector<WeightedTerm>> TermsOf(std::span<const std::string> questions) const;
  std::vector<ScoredRow> SearchSegment(size_t segment, std::span<const WeightedTerm> terms,
                                       int64_t k, const Bm25Parameters& parameters,
                                       std::span<const uint64_t> excluded) const;
  void ScoreInSegment(size_t segment, std::span<const WeightedTerm> terms,
                      std::span<const int64_t> rows, const Bm25Parameters& parameters,
                      double* sums) const;
};

std::vector<CountedTerm> LexicalIndex::State::Analyze(const std::string& question) const {
  const auto analyzer = analyzers.Borrow();
  if (*analyzer == nullptr) *analyzer = std::make_unique<Analyzer>(settings);
  std::vector<CountedTerm> terms;
  for (TermCount& term : (*analyzer)->CountTerms(question)) terms.push_back({std::move(term), 0});
  return terms;
}

// Adds how many passages of the segment have each term; other threads do so for other segments.
void LexicalIndex::State::CountPassages(size_t segment,
                                        std::span<std::vector<CountedTerm>> questions) const {
  const auto database = databases.Borrow(segment);
  WithXapian(database.file(), [&] {
    for (std::vector<CountedTerm>& terms : questions) {
      for (CountedTerm& t : terms) {
        std::atomic_ref(t.passages).fetch_add(database->get_termfreq(t.term.term));
      }
    }
  });
}

// Segment by segment, so that a database is not closed and opened for each question.
std::vector<std::vector<WeightedTerm>> LexicalIndex::State::TermsOf(
    std::span<const std::string> questions) const {
  const auto count = static_cast<int64_t>(questions.size());
  std::vector<std::vector<CountedTerm>> counted(questions.size());
  ParallelFor(count, kQuestionsTogether, [&](int64_t i) { counted[i] = Analyze(questions[i]); });
  const int64_t pieces = (count + kQuestionsTogether - 1) / kQuestionsTogether;
  ParallelFor(pieces * static_cast<int64_t>(segments.size()), 1, [&](int64_t i) {
    const int64_t begin = i % pieces * kQuestionsTogether;
    const int64_t size = std::min(kQuestionsTogether, count - begin);
    CountPassages(
        static_cast<size_t>(i / pieces),
        std::span(counted).subspan(static_cast<size_t>(begin), static_cast<size_t>(size)));
  });
  std::vector<std::vector<WeightedTerm>> weighted(questions.size());
  for (size_t q = 0; q < questions.size(); ++q) {
    for (CountedTerm& t : counted[q]) {
      if (t.passages == 0) continue;
      const double idf = Bm25Idf(statistics.passages, t.passages);
      weighted[q].push_back({std::move(t.term.term), static_cast<double>(t.term.count) * idf});
    }
  }
  return weighted;
}

std::vector<ScoredRow> LexicalIndex::State::SearchSegment(
    size_t s, std::span<const WeightedTerm> terms, int64_t k, const Bm25Parameters& parameters,
    std::span<const uint64_t> excluded) const {
  const LexicalSegment& segment = segments[s];
  FilteredPostings counting(excluded, segment.first_row, segment.rows);
  const int64_t count = counting.get_termfreq_max();
  if (count == 0) return {};
  const bool few = count < segment.rows / 2;
  const CountingOnly decider(excluded, segment.first_row);
  const auto database = databases.Borrow(s);
  return WithXapian(segment.file->path(), [&] {
    std::vector<Xapian::Query> parts;
    for (const WeightedTerm& t : terms) {
      parts.emplace_back(Xapian::Query::OP_SCALE_WEIGHT, Xapian::Query(t.term), t.weight);
    }
    Xapian::Query query(Xapian::Query::OP_OR, parts.begin(), parts.end());
    if (few) query = {Xapian::Query::OP_FILTER, query, Xapian::Query(&counting)};
    Xapian::Enquire enquire(*database);
    enquire.set_query(query);
    enquire.set_weighting_scheme(LuceneWeight(parameters, statistics.average_length()));
    const auto most = static_cast<Xapian::doccount>(std::min(k, segment.rows));
    const bool decides = !few && count < segment.rows;
    const Xapian::MSet found = enquire.get_mset(0, most, 0, nullptr, decides ? &decider : nullptr);
    std::vector<ScoredRow> rows;
    rows.reserve(found.size());
    for (auto hit = found.begin(); hit != found.end(); ++hit) {
      rows.push_back({static_cast<float>(hit.get_weight()), segment.first_row + *hit - 1});
    }
    return rows;
  });
}

// Lengths are read once and in order, behind the terms: each reading goes through a list of all
// passages' lengths from where the one before it stopped.
void LexicalIndex::State::ScoreInSegment(size_t s, std::span<const WeightedTerm> terms,
                                         std::span<const int64_t> rows,
                                         const Bm25Parameters& parameters, double* sums) const {
  if (rows.empty()) return;
  const auto database = databases.Borrow(s);
  const LexicalSegment& segment = segments[s];
  WithXapian(segment.file->path(), [&] {
    const auto docid_of = [&](size_t i) {
      return static_cast<Xapian::docid>(rows[i] - segment.first_row + 1);
    };
    std::vector<Occurrence> occurrences;
    std::vector<double> penalties(rows.size(), -1);  // where a term occurs: 0
    for (const WeightedTerm& t : terms) {
      Xapian::PostingIterator posting = database->postlist_begin(t.term);
      const Xapian::PostingIterator end = database->postlist_end(t.term);
      for (size_t i = 0; i < rows.size() && posting != end; ++i) {
        posting.skip_to(docid_of(i));
        if (posting == end || *posting != docid_of(i)) continue;
        occurrences.push_back({i, t.weight, static_cast<double>(posting.get_wdf())});
        penalties[i] = 0;
      }
    }
    for (size_t i = 0; i < rows.size(); ++i) {
      if (penalties[i] < 0) continue;
      const Xapian::termcount length = database->get_doclength(docid_of(i));
      penalties[i] = Bm25LengthPenalty(parameters, length, statistics.average_length());
    }
    for (const Occurrence& o : occurrences) {
      sums[o.place] += o.weight * Bm25TermShare(o.frequency, penalties[o.place]);
    }
  });
}

LexicalIndex::LexicalIndex(std::vector<LexicalSegment> segments,
                           std::span<const uint64_t> deleted) {
  auto state = std::make_unique<State>();
  state->segments = std::move(segments);
  state->deleted = deleted;
  for (size_t i = 0; i < state->segments.size(); ++i) {
    const Path& file = state->segments[i].file->path();
    const LexicalDatabase database(*state->segments[i].file);
    if (i == 0) state->settings = database.settings;
    if (database.settings != state->settings) {
      throw Error(ErrorCode::kMismatch,
                  "the BM25 databases of two segments were made for the languages \"" +
                      state->settings.language + "\" and \"" + database.settings.language + "\"",
                  file.string());
    }
    WithXapian(file, [&] {
      state->statistics.passages += database.xapian.get_doccount();
      state->statistics.terms += static_cast<int64_t>(database.xapian.get_total_length());
    });
  }
  state_ = std::move(state);
}

LexicalIndex::LexicalIndex(LexicalIndex&&) noexcept = default;
LexicalIndex& LexicalIndex::operator=(LexicalIndex&&) noexcept = default;
LexicalIndex::~LexicalIndex() = default;

const AnalyzerSettings& LexicalIndex::settings() const { return state_->settings; }
const LexicalStatistics& LexicalIndex::statistics() const { return state_->statistics; }

std::vector<std::vector<ScoredRow>> LexicalIndex::Search(std::span<const std::string> questions,
                                                         int64_t k,
                                                         const Bm25Parameters& parameters) const {
  return Search(questions, k, parameters, state_->deleted);
}

std::vector<std::vector<ScoredRow>> LexicalIndex::Search(std::span<const std::string> questions,
                                                         int64_t k,
                                                         const Bm25Parameters& parameters,
                                                         std::span<const uint64_t> excluded) const {
  DPR_CHECK(k >= 1);
  const auto terms = state_->TermsOf(questions);
  const size_t segments = state_->segments.size(), count = questions.size();
  std::vector<std::vector<ScoredRow>> parts(count * segments);  // segment by segment
  ParallelFor(static_cast<int64_t>(parts.size()), 1, [&](int64_t i) {
    const auto segment = static_cast<size_t>(i) / count, question = static_cast<size_t>(i) % count;
    if (terms[question].empty()) return;
    parts[i] = state_->SearchSegment(segment, terms[question], k, parameters, excluded);
  });
  std::vector<std::vector<ScoredRow>> results(questions.size());
  for (size_t q = 0; q < questions.size(); ++q) {
    std::vector<ScoredRow>& found = results[q];
    for (size_t s = 0; s < segments; ++s) {
      const std::vector<ScoredRow>& part = parts[s * count + q];
      found.insert(found.end(), part.begin(), part.end());
    }
    std::sort(found.begin(), found.end(), RanksBefore);
    if (static_cast<int64_t>(found.size()) > k) found.resize(static_cast<size_t>(k));
  }
  return results;
}

std::vector<float> LexicalIndex::Score(const std::string& question, std::span<const int64_t> rows,
                                       const Bm25Parameters& parameters) const {
  DPR_CHECK(std::is_sorted(rows.begin(), rows.end()));
  const std::vector<WeightedTerm> terms = state_->TermsOf({&question, 1})[0];
  std::vector<double> sums(rows.size());
  size_t begin = 0;
  for (size_t s = 0; s < state_->segments.size(); ++s) {
    const LexicalSegment& segment = state_->segments[s];
    size_t end = begin;
    while (end < rows.size() && rows[end] < segment.first_row + segment.rows) ++end;
    state_->ScoreInSegment(s, terms, rows.subspan(begin, end - begin), parameters,
                           sums.data() + begin);
    begin = end;
  }
  return {sums.begin(), sums.end()};
}

std::vector<int64_t> LexicalIndex::Lengths(int64_t begin, int64_t end) const {
  std::vector<int64_t> lengths;
  for (size_t s = 0; s < state_->segments.size(); ++s) {
    const LexicalSegment& segment = state_->segments[s];
    const int64_t from = std::max(begin, segment.first_row);
    const int64_t to = std::min(end, segment.first_row + segment.rows);
    if (from >= to) continue;
    const auto database = state_->databases.Borrow(s);
    WithXapian(segment.file->path(), [&] {
      for (int64_t row = from; row < to; ++row) {
        const auto docid = static_cast<Xapian::docid>(row - segment.first_row + 1);
        lengths.push_back(database->get_doclength(docid));
      }
    });
  }
  return lengths;
}

}  // namespace dpr
