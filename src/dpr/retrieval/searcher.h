// Questions in, ranked passages out: the encoder that made a collection, and exact search over it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dpr/collection/collection.h"
#include "dpr/encoder/retriever.h"

namespace dpr {

// A ranked passage: a row of the collection and its score.
struct Hit {
  int64_t row = 0;
  float score = 0;
};

// A snapshot of a collection with its question encoder loaded. Immutable and thread-safe.
class Searcher {
 public:
  // Opens the collection and the encoder named in its manifest (`model` names another place of the
  // same encoder). kMismatch when the encoder found is not the one that made the vectors; kInvalid
  // when the collection has no vectors.
  static Searcher Open(const Path& collection, const Path& model = {});

  // The k best live passages for each question, best first; fewer where the collection holds fewer.
  // k >= 1. kInvalid for an empty question. Uses all compute threads; memory grows with
  // questions * k, so long lists of questions are given in pieces. `counts`, when given, is told
  // how many questions were longer than the encoder reads.
  std::vector<std::vector<Hit>> Search(std::span<const std::string> questions, int64_t k,
                                       EncodeCounts* counts = nullptr) const;

  const Collection& collection() const { return collection_; }
  const Retriever& retriever() const { return retriever_; }

 private:
  Searcher(Collection collection, Retriever retriever);
  Collection collection_;
  Retriever retriever_;
};

}  // namespace dpr
