// Passages' vectors in a file, and questions ranked by them. One encoding serves every similarity,
// raw and centred: vectors are changed when they are searched. Internal to `experiments`.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dpr/collection/collection.h"
#include "dpr/encoder/retriever.h"
#include "dpr/experiments/recipes.h"
#include "dpr/vectors/vector_file.h"

namespace dpr {

// A model's folder as `reading` says. Not for word vectors.
Retriever OpenForReading(const Path& folder, const Reading& reading, Precision precision);

// run.folder()/vectors.f32: those of all passages, by row. Goes on with what a killed one left;
// heeds run.stop().
void WriteVectors(const Collection& passages, const Retriever& retriever, StepRun& run);

// The mean of the word embeddings of a text's tokens, each weighted by its IDF over the passages,
// idf(t) = ln((N + 1) / (n(t) + 1)); without [CLS] and [SEP]. Writes vectors.f32, and idf.f32 for
// questions.
void WriteWordVectors(const Collection& passages, const Path& model, int max_length, StepRun& run);

// Immutable after construction.
class DenseRanking {
 public:
  // `vectors`: the folder of the result. `similarity`: nothing takes the model's own. With
  // `centred` the mean of the passages' vectors is subtracted from all vectors, questions' too.
  DenseRanking(const Path& model, const Path& vectors, const Reading& reading, Precision precision,
               std::optional<Similarity> similarity, bool centred);

  std::vector<std::vector<ScoredRow>> Rank(std::span<const std::string> questions,
                                           int64_t depth) const;

 private:
  Matrix Encode(std::span<const std::string> questions) const;

  Path model_, folder_;
  Reading reading_;
  Retriever retriever_;
  VectorFile file_;
  Similarity similarity_;
  Matrix centred_;           // the passages; empty when they are as in the file
  std::vector<float> mean_;  // empty when nothing is subtracted
};

}  // namespace dpr
