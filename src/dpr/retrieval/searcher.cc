#include "dpr/retrieval/searcher.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/vectors/exact_search.h"

namespace dpr {
namespace {

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

Retriever OpenEncoderOf(const Collection& collection, const Path& model) {
  const EncoderRecord& record = *collection.encoder();
  const Path place = model.empty() ? Path(record.model) : model;
  std::error_code code;
  if (!std::filesystem::exists(place, code)) {
    throw Error(ErrorCode::kNotFound, "the encoder of the collection is not there any more",
                place.string(), "Say with --model where it is now, or search with --mode bm25");
  }
  Retriever retriever = Retriever::Open(place, RetrieverOptions::FromSettingsJson(record.settings));
  if (retriever.fingerprint() != record.fingerprint) {
    throw Error(ErrorCode::kMismatch,
                "the encoder in " + place.string() + " is not the one that made these vectors",
                collection.folder().string(),
                "Name that encoder's folder with --model, or index again");
  }
  return retriever;
}

SearchMode ResolveMode(const Collection& collection, std::optional<SearchMode> asked) {
  const bool dense = collection.encoder().has_value(), bm25 = collection.lexical().has_value();
  const std::string folder = collection.folder().string();
  if (!asked) {
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
    throw Error(ErrorCode::kInvalid, "the collection has no BM25", folder,
                "Add it with `dpr index -o " + folder + " --bm25`, or search with --mode dense");
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
      mode_(ResolveMode(collection_, options.mode)) {
  if (mode_ != SearchMode::kBm25) retriever_ = OpenEncoderOf(collection_, options.model);
  if (mode_ == SearchMode::kDense) return;
  lexical_ = collection_.OpenLexical();
  bm25_ = options.bm25.value_or(collection_.lexical()->bm25);
  CheckBm25Parameters(bm25_);
}

double Searcher::weight() const {
  return options_.weight.value_or(DefaultFusionWeight(options_.fusion));
}

std::string Searcher::SettingsText() const {
  std::string text = SearchModeName(mode_);
  if (retriever_) text += " " + retriever_->fingerprint();
  if (lexical_) text += " k1 " + std::to_string(bm25_.k1) + " b " + std::to_string(bm25_.b);
  if (mode_ == SearchMode::kHybrid) {
    text += " " + FusionName(options_.fusion) + " " + std::to_string(weight());
  }
  return text;
}

std::string Searcher::Warning() const {
  if (mode_ != SearchMode::kHybrid || options_.fusion != Fusion::kPaper) return {};
  const bool bounded = retriever_->questions().settings().normalize ||
                       retriever_->similarity() == Similarity::kCosine;
  if (!bounded) return {};
  return "this encoder's scores are cosines, so they stay within -1 and 1 and the paper's "
         "sum is nearly BM25 alone; --fusion rrf or weighted suits it better";
}

std::vector<std::vector<ScoredRow>> Searcher::SearchDense(ConstFloatView vectors, int64_t k) const {
  return ExactSearch(collection_.search_space(), retriever_->similarity(), vectors, k);
}

std::vector<std::vector<ScoredRow>> Searcher::SearchBm25(std::span<const std::string> questions,
                                                         int64_t k) const {
  return lexical_->Search(questions, k, bm25_);
}

Matrix Searcher::Encode(std::span<const std::string> questions, EncodeCounts* counts) const {
  Matrix vectors(static_cast<int64_t>(questions.size()), retriever_->dimensions());
  const EncodeCounts encoded = retriever_->questions().EncodeTexts(questions, vectors.view());
  if (counts != nullptr) *counts = encoded;
  return vectors;
}

void Searcher::ScoreBoth(const std::string& question, const float* vector,
                         RankedParts& parts) const {
  const std::vector<int64_t> rows = UnionOfRows(parts.dense, parts.bm25);
  for (const int64_t row : rows) parts.both.push_back({row, 0, {}, {}});
  const auto hit_of = [&](int64_t row) -> Hit& {
    return parts.both[static_cast<size_t>(std::ranges::lower_bound(rows, row) - rows.begin())];
  };
  for (const ScoredRow& found : parts.dense) hit_of(found.row).dense_score = found.score;
  for (const ScoredRow& found : parts.bm25) hit_of(found.row).bm25_score = found.score;
  FillScores(question, vector, parts.both);
}

// The scores that `hits`, ascending by row, lack.
void Searcher::FillScores(const std::string& question, const float* vector,
                          std::vector<Hit>& hits) const {
  std::vector<int64_t> no_dense, no_bm25;
  for (const Hit& hit : hits) {
    if (!hit.dense_score) no_dense.push_back(hit.row);
    if (!hit.bm25_score) no_bm25.push_back(hit.row);
  }
  const std::vector<float> dense =
      ScoreRows(collection_.search_space(), retriever_->similarity(), vector, no_dense);
  const std::vector<float> bm25 = lexical_->Score(question, no_bm25, bm25_);
  size_t next_dense = 0, next_bm25 = 0;
  for (Hit& hit : hits) {
    if (!hit.dense_score) hit.dense_score = dense[next_dense++];
    if (!hit.bm25_score) hit.bm25_score = bm25[next_bm25++];
  }
}

std::vector<RankedParts> Searcher::FindParts(std::span<const std::string> questions,
                                             ConstFloatView vectors, int64_t depth) const {
  std::vector<RankedParts> parts(questions.size());
  if (mode_ != SearchMode::kBm25) {
    auto dense = SearchDense(vectors, depth);
    for (size_t i = 0; i < parts.size(); ++i) parts[i].dense = std::move(dense[i]);
  }
  if (mode_ != SearchMode::kDense) {
    auto bm25 = SearchBm25(questions, depth);
    for (size_t i = 0; i < parts.size(); ++i) parts[i].bm25 = std::move(bm25[i]);
  }
  if (mode_ == SearchMode::kHybrid && options_.fusion == Fusion::kPaper) {
    ParallelFor(static_cast<int64_t>(parts.size()), 1,
                [&](int64_t i) { ScoreBoth(questions[i], vectors.row(i), parts[i]); });
  }
  return parts;
}

std::vector<RankedParts> Searcher::SearchParts(std::span<const std::string> questions,
                                               int64_t depth, EncodeCounts* counts) const {
  CheckQuestions(questions, depth);
  if (questions.empty() || collection_.passages() == 0) {
    return std::vector<RankedParts>(questions.size());
  }
  if (mode_ == SearchMode::kBm25) return FindParts(questions, {}, depth);
  return FindParts(questions, Encode(questions, counts).view(), depth);
}

std::vector<float> Searcher::Score(SearchMode way, const std::string& question,
                                   std::span<const int64_t> rows) const {
  DPR_CHECK(way == mode_ || mode_ == SearchMode::kHybrid);
  if (way == SearchMode::kBm25) return lexical_->Score(question, rows, bm25_);
  const Matrix vector = Encode({&question, 1}, nullptr);
  return ScoreRows(collection_.search_space(), retriever_->similarity(), vector.view().row(0),
                   rows);
}

std::vector<std::vector<Hit>> Searcher::Search(std::span<const std::string> questions, int64_t k,
                                               EncodeCounts* counts) const {
  CheckQuestions(questions, k);
  std::vector<std::vector<Hit>> hits(questions.size());
  if (questions.empty() || collection_.passages() == 0) return hits;
  if (mode_ == SearchMode::kHybrid) {
    const Matrix vectors = Encode(questions, counts);
    const auto parts =
        FindParts(questions, vectors.view(), std::max(k, FusionDepth(options_.fusion)));
    ParallelFor(static_cast<int64_t>(parts.size()), 1, [&](int64_t i) {
      hits[i] = Fuse(parts[i], options_.fusion, weight(), k);
      std::ranges::sort(hits[i], {}, &Hit::row);
      FillScores(questions[i], vectors.view().row(i), hits[i]);
      std::ranges::sort(hits[i], [](const Hit& a, const Hit& b) {
        return RanksBefore({a.score, a.row}, {b.score, b.row});
      });
    });
    return hits;
  }
  const auto ranked = mode_ == SearchMode::kDense ? SearchDense(Encode(questions, counts).view(), k)
                                                  : SearchBm25(questions, k);
  for (size_t i = 0; i < ranked.size(); ++i) {
    hits[i].reserve(ranked[i].size());
    for (const ScoredRow& found : ranked[i]) hits[i].push_back({found.row, found.score, {}, {}});
  }
  return hits;
}

}  // namespace dpr
