// Questions in, ranked passages out, over a collection: by the encoder that made its vectors, by
// BM25, or by both.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/base/row_filter.h"
#include "dpr/collection/collection.h"
#include "dpr/encoder/retriever.h"
#include "dpr/lexical/bm25.h"
#include "dpr/lexical/lexical_index.h"
#include "dpr/retrieval/fusion.h"

namespace dpr {

enum class SearchMode { kDense, kBm25, kHybrid };

SearchMode ParseSearchMode(std::string_view name);  // "dense", "bm25", "hybrid"; kUsage otherwise
std::string SearchModeName(SearchMode mode);

// What is searched, and how. Nothing given: the collection decides.
struct SearcherOptions {
  Path model;                          // where the collection's encoder is now
  Path vocabulary;                     // where the vocabulary of a checkpoint (.cp) is now
  std::optional<Precision> precision;  // of the questions; default: that of the passages
  // Default: hybrid where both exist, else what exists; dense in a build without BM25.
  std::optional<SearchMode> mode;
  Fusion fusion = Fusion::kReciprocalRank;
  std::optional<double> weight;        // of the fusion; default: DefaultFusionWeight
  std::optional<Bm25Parameters> bm25;  // default: those recorded in the collection
  // Which passages count, as Collection::Filter has it: `year >= 1990`. Empty: all.
  std::string where;
  bool exact = false;  // without the collection's approximate index
};

class FilterCache;

// A snapshot of a collection with what the mode needs loaded. Immutable and thread-safe.
class Searcher {
 public:
  // kMismatch when the encoder found is not the one that made the vectors; kInvalid when the
  // collection lacks what the mode needs: the message says what to run; kUsage for a malformed
  // filter.
  static Searcher Open(const Path& collection, const SearcherOptions& options = {});
  Searcher(Searcher&&) noexcept;
  ~Searcher();

  // The k best of the live passages that options().where chooses, for each question, best first;
  // fewer where there are fewer, or with BM25 where fewer share a word with the question. k >= 1.
  // kInvalid for an empty question. Uses all compute threads; memory grows with questions * k
  // (hybrid: with questions * FusionDepth), so long lists of questions are given QuestionsAtATime.
  // `counts`, when given, is told how many questions were longer than the encoder reads.
  std::vector<std::vector<Hit>> Search(std::span<const std::string> questions, int64_t k,
                                       EncodeCounts* counts = nullptr) const;
  // The same among the passages of a filter. Filter() evaluates an expression once and keeps it.
  std::vector<std::vector<Hit>> Search(std::span<const std::string> questions, int64_t k,
                                       const RowFilter& filter,
                                       EncodeCounts* counts = nullptr) const;
  std::shared_ptr<const RowFilter> Filter(const std::string& where) const;
  // The one of options().where.
  const RowFilter& filter() const { return *filter_; }
  // How many questions may be asked together for their k best: as many as keep all threads busy and
  // the lists within some 100 MB.
  size_t QuestionsAtATime(int64_t k) const;
  // What there is to fuse, for callers that do it themselves; of one list in the other modes.
  std::vector<RankedParts> SearchParts(std::span<const std::string> questions, int64_t depth,
                                       EncodeCounts* counts = nullptr) const;

  // The questions' vectors. The encoder must be loaded.
  Matrix Encode(std::span<const std::string> questions, EncodeCounts* counts = nullptr) const;

  // What one way of searching, which must be loaded, scores some rows, ascending, for one question.
  std::vector<float> Score(SearchMode way, const std::string& question,
                           std::span<const int64_t> rows) const;

  // Whether dense search goes by the collection's index, and may miss what it misses: not with a
  // filter that leaves passages out.
  bool UsesAnn(const RowFilter& filter) const;

  SearchMode mode() const { return mode_; }
  double weight() const;
  void SetWeight(double weight) { options_.weight = weight; }  // not while others search
  const SearcherOptions& options() const { return options_; }
  const Collection& collection() const { return collection_; }
  // All that decides what Search finds in this collection, as text.
  std::string SettingsText() const;
  // What a user should know of this way of searching; empty when there is nothing.
  std::string Warning() const;

 private:
  Searcher(Collection collection, const SearcherOptions& options);
  std::vector<std::vector<ScoredRow>> SearchDense(ConstFloatView vectors, int64_t k,
                                                  const RowFilter& filter) const;
  std::vector<std::vector<ScoredRow>> SearchBm25(std::span<const std::string> questions, int64_t k,
                                                 const RowFilter& filter) const;
  std::vector<RankedParts> FindParts(std::span<const std::string> questions, ConstFloatView vectors,
                                     int64_t depth, const RowFilter& filter) const;
  std::vector<std::vector<Hit>> SearchHybrid(std::span<const std::string> questions, int64_t k,
                                             const RowFilter& filter, EncodeCounts* counts) const;
  void FillDense(const float* vector, std::vector<Hit>& hits) const;
  void FillBm25(const std::string& question, std::vector<Hit>& hits) const;
  std::vector<Hit> Contenders(const std::string& question, const float* vector,
                              const RankedParts& parts, int64_t depth, int64_t k) const;

  Collection collection_;
  SearcherOptions options_;
  SearchMode mode_;
  std::optional<Retriever> retriever_;   // unless the mode is kBm25
  std::optional<LexicalIndex> lexical_;  // unless the mode is kDense
  Bm25Parameters bm25_;
  std::unique_ptr<FilterCache> filters_;
  std::shared_ptr<const RowFilter> filter_;  // of options_.where
};

}  // namespace dpr
