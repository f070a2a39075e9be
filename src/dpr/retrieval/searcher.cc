#include "dpr/retrieval/searcher.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/lexical/lexical_builder.h"
#include "dpr/retrieval/filter_cache.h"
#include "dpr/vectors/ann_index.h"
#include "dpr/vectors/filtered_search.h"
#include "dpr/vectors/recall.h"

namespace dpr {
namespace {

constexpr int64_t kQuestionsTogether = 1024, kRowsTogether = int64_t{1} << 21;

bool IsBlank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

void CheckQuestions(std::span<const std::string> questions, int64_t k) {
  if (k < 1) {
    throw Error(ErrorCode::kUsage, "k is " + std::to_string(k), {},
                "Ask for at least one passage (-k 1)");
  }
  for (size_t i = 0; i < questions.size(); ++i) {
    if (!IsBlank(questions[i])) continue;
    throw Error(ErrorCode::kInvalid, "the question is empty",
                questions.size() > 1 ? "question " + std::to_string(i + 1) : std::string(),
                "Give a question of at least one word");
  }
}

// What the passages were encoded in, for the questions too.
Precision RecordedPrecision(const EncoderRecord& record, const Path& folder) {
  try {
    return ParsePrecision(record.precision);
  } catch (const Error& error) {
    throw Error(error.code(), error.problem(), folder.string(),
                "Its passages were encoded in " + record.precision +
                    "; --precision f32 encodes the questions in f32");
  }
}

Retriever OpenEncoderOf(const Collection& collection, const SearcherOptions& options) {
  const EncoderRecord& record = *collection.encoder();
  const Path place = options.model.empty() ? Path(record.model) : options.model;
  std::error_code code;
  if (!std::filesystem::exists(place, code)) {
    throw Error(ErrorCode::kNotFound, "the encoder of the collection is not there any more",
                place.string(), "Say with --model where it is now; BM25 alone needs no encoder");
  }
  RetrieverOptions settings = RetrieverOptions::FromSettingsJson(record.settings);
  if (!options.vocabulary.empty()) settings.vocabulary = options.vocabulary;
  settings.precision =
      options.precision ? *options.precision : RecordedPrecision(record, collection.folder());
  Retriever retriever = Retriever::Open(place, settings);
  if (retriever.FingerprintIn(PrecisionOfName(record.precision)) != record.fingerprint) {
    throw Error(ErrorCode::kMismatch,
                "the encoder in " + place.string() + " is not the one that made these vectors",
                collection.folder().string(),
                "Name that encoder's folder with --model, or index again");
  }
  return retriever;
}

// Gives `hits`, ascending by row, the scores of one way that they lack; `score` is asked at most
// once.
template <typename Score>
void Fill(std::vector<Hit>& hits, std::optional<float> Hit::*way, const Score& score) {
  std::vector<int64_t> rows;
  for (const Hit& hit : hits) {
    if (!(hit.*way)) rows.push_back(hit.row);
  }
  if (rows.empty()) return;
  const std::vector<float> scores = score(rows);
  size_t next = 0;
  for (Hit& hit : hits) {
    if (!(hit.*way)) hit.*way = scores[next++];
  }
}

SearchMode ResolveMode(const Collection& collection, std::optional<SearchMode> asked) {
  const bool dense = collection.encoder().has_value(), bm25 = collection.lexical().has_value();
  const std::string folder = collection.folder().string();
  if (!asked) {
    // A build without BM25 searches what it can.
    if (dense && bm25 && !HasLexical()) return SearchMode::kDense;
    if (!dense && !bm25) {
      throw Error(ErrorCode::kInvalid, "the collection has neither vectors nor BM25", folder,
                  "Add BM25 with `dpr index -o " + folder + " --bm25`");
    }
    return dense && bm25 ? SearchMode::kHybrid : dense ? SearchMode::kDense : SearchMode::kBm25;
  }
  if (*asked != SearchMode::kBm25 && !dense) {
    throw Error(
        ErrorCode::kInvalid, "the collection has no vectors", folder,
        "Add them with `dpr index -o " + folder + " --model DIR`, or search with --mode bm25");
  }
  if (*asked != SearchMode::kDense && !bm25) {
    throw Error(
        ErrorCode::kInvalid, "the collection has no BM25", folder,
        "Add it with `dpr index -o " + folder +
            " --bm25` (or wait for the one that is adding it), or search with --mode dense");
  }
  return *asked;
}

}  // namespace

SearchMode ParseSearchMode(std::string_view name) {
  if (name == "dense") return SearchMode::kDense;
  if (name == "bm25") return SearchMode::kBm25;
  if (name == "hybrid") return SearchMode::kHybrid;
  throw Error(ErrorCode::kUsage,
              "there is no way of searching called \"" + std::string(name) + "\"", {},
              "Choose dense, bm25 or hybrid");
}

std::string SearchModeName(SearchMode mode) {
  return mode == SearchMode::kDense ? "dense" : mode == SearchMode::kBm25 ? "bm25" : "hybrid";
}

Searcher Searcher::Open(const Path& folder, const SearcherOptions& options) {
  return Searcher(Collection::Open(folder), options);
}

Searcher::Searcher(Collection collection, const SearcherOptions& options)
    : collection_(std::move(collection)),
      options_(options),
      mode_(ResolveMode(collection_, options.mode)),
      filters_(std::make_unique<FilterCache>()),
      filter_(filters_->Get(collection_, options.where)) {
  if (mode_ != SearchMode::kBm25) retriever_ = OpenEncoderOf(collection_, options);
  if (mode_ == SearchMode::kDense) return;
  lexical_ = collection_.OpenLexical();
  bm25_ = options.bm25.value_or(collection_.lexical()->bm25);
  CheckBm25Parameters(bm25_);
}

Searcher::Searcher(Searcher&&) noexcept = default;
Searcher::~Searcher() = default;

std::shared_ptr<const RowFilter> Searcher::Filter(const std::string& where) const {
  return filters_->Get(collection_, where);
}

double Searcher::weight() const {
  return options_.weight.value_or(DefaultFusionWeight(options_.fusion));
}

std::string Searcher::SettingsText() const {
  std::string text = SearchModeName(mode_);
  if (retriever_) text += " " + retriever_->fingerprint();
  if (retriever_ && UsesAnn(*filter_)) {
    text +=
        " " + collection_.ann_identity() + " at " + std::to_string(collection_.recall().effort_100);
  }
  if (lexical_) text += " k1 " + std::to_string(bm25_.k1) + " b " + std::to_string(bm25_.b);
  if (mode_ == SearchMode::kHybrid) {
    text += " " + FusionName(options_.fusion) + " " + std::to_string(weight());
  }
  if (!options_.where.empty()) text += " where " + options_.where;
  return text;
}

std::string Searcher::Warning() const {
  if (!options_.mode && collection_.lexical() && !HasLexical()) {
    return "the collection's BM25 is left out: this build of dpr has none";
  }
  // A weight that was chosen may be large enough for the small scores.
  const bool chosen = options_.weight.has_value();
  if (mode_ != SearchMode::kHybrid || options_.fusion != Fusion::kPaper || chosen) return {};
  const bool bounded = retriever_->questions().settings().normalize ||
                       retriever_->similarity() == Similarity::kCosine;
  if (!bounded) return {};
  return "this encoder's scores are cosines, so they stay within -1 and 1 and the paper's "
         "sum is nearly BM25 alone; --fusion rrf or weighted suits it better";
}

bool Searcher::UsesAnn(const RowFilter& filter) const {
  return collection_.ann() != nullptr && collection_.recall().reaches() && !options_.exact &&
         filter.count() == collection_.passages();
}

std::vector<std::vector<ScoredRow>> Searcher::SearchDense(ConstFloatView vectors, int64_t k,
                                                          const RowFilter& filter) const {
  const SearchSpace space = collection_.search_space();
  const Similarity similarity = retriever_->similarity();
  if (!UsesAnn(filter)) return FilteredSearch(space, filter, similarity, vectors, k);
  return collection_.ann()->Search(space, vectors, k, collection_.recall().EffortFor(k));
}

std::vector<std::vector<ScoredRow>> Searcher::SearchBm25(std::span<const std::string> questions,
                                                         int64_t k, const RowFilter& filter) const {
  return lexical_->Search(questions, k, bm25_, filter.excluded());
}

Matrix Searcher::Encode(std::span<const std::string> questions, EncodeCounts* counts) const {
  Matrix vectors(static_cast<int64_t>(questions.size()), retriever_->dimensions());
  const EncodeCounts encoded = retriever_->questions().EncodeTexts(questions, vectors.view());
  if (counts != nullptr) *counts = encoded;
  return vectors;
}

void Searcher::FillDense(const float* vector, std::vector<Hit>& hits) const {
  Fill(hits, &Hit::dense_score, [&](std::span<const int64_t> rows) {
    return ScoreRows(collection_.search_space(), retriever_->similarity(), vector, rows);
  });
}

void Searcher::FillBm25(const std::string& question, std::vector<Hit>& hits) const {
  Fill(hits, &Hit::bm25_score,
       [&](std::span<const int64_t> rows) { return lexical_->Score(question, rows, bm25_); });
}

// What of the paper's union can be among its k best, with both scores. Dense ones first: they cost
// less, and with them fewer need BM25's.
std::vector<Hit> Searcher::Contenders(const std::string& question, const float* vector,
                                      const RankedParts& parts, int64_t depth, int64_t k) const {
  const MissingScores at_most(parts, depth);
  std::vector<Hit> hits = Join(parts);
  KeepContenders(hits, at_most, weight(), k);
  FillDense(vector, hits);
  KeepContenders(hits, at_most, weight(), k);
  FillBm25(question, hits);
  return hits;
}

std::vector<RankedParts> Searcher::FindParts(std::span<const std::string> questions,
                                             ConstFloatView vectors, int64_t depth,
                                             const RowFilter& filter) const {
  std::vector<RankedParts> parts(questions.size());
  if (mode_ != SearchMode::kBm25) {
    auto dense = SearchDense(vectors, depth, filter);
    for (size_t i = 0; i < parts.size(); ++i) parts[i].dense = std::move(dense[i]);
  }
  if (mode_ != SearchMode::kDense) {
    auto bm25 = SearchBm25(questions, depth, filter);
    for (size_t i = 0; i < parts.size(); ++i) parts[i].bm25 = std::move(bm25[i]);
  }
  return parts;
}

size_t Searcher::QuestionsAtATime(int64_t k) const {
  const bool hybrid = mode_ == SearchMode::kHybrid;
  const int64_t depth = hybrid ? std::max(k, FusionDepth(options_.fusion)) : k;
  const int64_t listed = std::clamp<int64_t>(depth, 1, std::max<int64_t>(collection_.rows(), 1));
  return static_cast<size_t>(std::clamp<int64_t>(kRowsTogether / listed, 1, kQuestionsTogether));
}

std::vector<RankedParts> Searcher::SearchParts(std::span<const std::string> questions,
                                               int64_t depth, EncodeCounts* counts) const {
  CheckQuestions(questions, depth);
  if (questions.empty() || filter_->count() == 0) {
    return std::vector<RankedParts>(questions.size());
  }
  if (mode_ == SearchMode::kBm25) return FindParts(questions, {}, depth, *filter_);
  const Matrix vectors = Encode(questions, counts);
  std::vector<RankedParts> parts = FindParts(questions, vectors.view(), depth, *filter_);
  if (mode_ == SearchMode::kDense || options_.fusion != Fusion::kPaper) return parts;
  ParallelFor(static_cast<int64_t>(parts.size()), 1, [&](int64_t i) {
    parts[i].both = Join(parts[i]);
    FillDense(vectors.view().row(i), parts[i].both);
    FillBm25(questions[i], parts[i].both);
  });
  return parts;
}

std::vector<float> Searcher::Score(SearchMode way, const std::string& question,
                                   std::span<const int64_t> rows) const {
  DPR_CHECK(way == mode_ || mode_ == SearchMode::kHybrid);
  if (way == SearchMode::kBm25) return lexical_->Score(question, rows, bm25_);
  const Matrix vector = Encode({&question, 1}, nullptr);
  return ScoreRows(collection_.search_space(), retriever_->similarity(), vector.view().row(0),
                   rows);
}

std::vector<std::vector<Hit>> Searcher::SearchHybrid(std::span<const std::string> questions,
                                                     int64_t k, const RowFilter& filter,
                                                     EncodeCounts* counts) const {
  std::vector<std::vector<Hit>> hits(questions.size());
  const Matrix vectors = Encode(questions, counts);
  const int64_t depth = std::max(k, FusionDepth(options_.fusion));
  auto parts = FindParts(questions, vectors.view(), depth, filter);
  ParallelFor(static_cast<int64_t>(parts.size()), 1, [&](int64_t i) {
    const float* const vector = vectors.view().row(i);
    if (options_.fusion == Fusion::kPaper) {
      parts[i].both = Contenders(questions[i], vector, parts[i], depth, k);
    }
    hits[i] = Fuse(parts[i], options_.fusion, weight(), k);
    parts[i] = {};
    std::ranges::sort(hits[i], {}, &Hit::row);
    FillDense(vector, hits[i]);
    FillBm25(questions[i], hits[i]);
    std::ranges::sort(hits[i], [](const Hit& a, const Hit& b) {
      return RanksBefore({a.score, a.row}, {b.score, b.row});
    });
  });
  return hits;
}

std::vector<std::vector<Hit>> Searcher::Search(std::span<const std::string> questions, int64_t k,
                                               EncodeCounts* counts) const {
  return Search(questions, k, *filter_, counts);
}

std::vector<std::vector<Hit>> Searcher::Search(std::span<const std::string> questions, int64_t k,
                                               const RowFilter& filter,
                                               EncodeCounts* counts) const {
  CheckQuestions(questions, k);
  DPR_CHECK(filter.rows() == collection_.rows());  // of this searcher's collection
  std::vector<std::vector<Hit>> hits(questions.size());
  if (questions.empty() || filter.count() == 0) return hits;
  if (mode_ == SearchMode::kHybrid) return SearchHybrid(questions, k, filter, counts);
  const auto ranked = mode_ == SearchMode::kDense
                          ? SearchDense(Encode(questions, counts).view(), k, filter)
                          : SearchBm25(questions, k, filter);
  for (size_t i = 0; i < ranked.size(); ++i) {
    hits[i].reserve(ranked[i].size());
    for (const ScoredRow& found : ranked[i]) hits[i].push_back({found.row, found.score, {}, {}});
  }
  return hits;
}

}  // namespace dpr
