// The options that say how a collection is searched, the same in every command that searches.
#pragma once

#include <optional>
#include <string>

#include "dpr/cli/command.h"
#include "dpr/retrieval/searcher.h"

namespace CLI {
class App;
}

namespace dpr::cli {

// k1 and b of BM25; those not given are the collection's, or the defaults of a new one.
struct Bm25Options {
  std::optional<double> k1, b;

  void AddTo(CLI::App& command);
  bool any_given() const { return k1 || b; }
  Bm25Parameters Over(Bm25Parameters parameters) const;
};

struct SearchOptions {
  std::string model;
  std::string vocabulary;
  std::string precision;
  std::string mode;
  std::string fusion;  // empty: reciprocal ranks
  std::optional<double> weight;
  std::string where;  // empty: all passages
  Bm25Options bm25;
  bool exact = false;

  // Adds --mode, --fusion, --weight, --where, --k1, --b, --model, --precision, --vocab.
  void AddTo(CLI::App& command);
  SearcherOptions ToSearcherOptions() const;
  // kInvalid for a collection whose first index run has not finished, kUsage for an option that
  // this way of searching does not use. Says on stderr what a user should know of it.
  Searcher Open(const std::string& collection, const Session& session) const;

 private:
  void RequireUsed(SearchMode mode) const;
  void NoteMatches(const Searcher& searcher, Progress& notes) const;
};

}  // namespace dpr::cli
