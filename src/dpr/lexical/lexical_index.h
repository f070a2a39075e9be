// BM25 search over the Xapian databases of one or more segments, as if they were one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/rows.h"
#include "dpr/lexical/analyzer_settings.h"
#include "dpr/lexical/bm25.h"

namespace dpr {

// A database and the row of its first passage; rows are numbered on through the segments. The
// caller keeps the file open, which may be removed meanwhile.
struct LexicalSegment {
  const File* file = nullptr;
  int64_t first_row = 0;
  int64_t rows = 0;
};

// A snapshot. Thread-safe.
class LexicalIndex {
 public:
  // `deleted`: bit r set, row r is never found; the caller keeps the memory. kNotFound, kCorrupt or
  // kUnsupported for a file that is not ours; kMismatch when segments were analysed differently.
  LexicalIndex(std::vector<LexicalSegment> segments, std::span<const uint64_t> deleted);
  LexicalIndex(LexicalIndex&&) noexcept;
  LexicalIndex& operator=(LexicalIndex&&) noexcept;
  ~LexicalIndex();

  const AnalyzerSettings& settings() const;
  const LexicalStatistics& statistics() const;

  // The k best live passages for each question, best first, ties by row; only passages that share a
  // term with the question. k >= 1. Uses all compute threads.
  std::vector<std::vector<ScoredRow>> Search(std::span<const std::string> questions, int64_t k,
                                             const Bm25Parameters& parameters) const;
  // The same without the rows whose bit in `excluded` is set, where those deleted are set too.
  // Scores do not depend on what is left out.
  std::vector<std::vector<ScoredRow>> Search(std::span<const std::string> questions, int64_t k,
                                             const Bm25Parameters& parameters,
                                             std::span<const uint64_t> excluded) const;
  // The scores of `rows`, ascending and different; 0 where no term is shared.
  std::vector<float> Score(const std::string& question, std::span<const int64_t> rows,
                           const Bm25Parameters& parameters) const;
  // Terms of each of the rows [begin, end).
  std::vector<int64_t> Lengths(int64_t begin, int64_t end) const;

 private:
  struct State;
  std::unique_ptr<const State> state_;
};

}  // namespace dpr
