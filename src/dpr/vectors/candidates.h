// The best of some rows that an index found for a question: told by their codes where these can, by
// the exact vectors where not.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "dpr/vectors/exact_search.h"
#include "dpr/vectors/row_tiles.h"
#include "dpr/vectors/screen.h"
#include "dpr/vectors/shortlist.h"
#include "dpr/vectors/word_question.h"

namespace dpr {

// What all questions share. `space` must stay. Thread-safe.
struct CandidateSpace {
  CandidateSpace(const SearchSpace& space_in, Similarity similarity_in, int64_t dimensions_in)
      : space(space_in),
        similarity(similarity_in),
        dimensions(dimensions_in),
        screen(similarity_in, dimensions_in),
        blocks(CutIntoTiles(space_in, std::numeric_limits<int64_t>::max())) {}

  const SearchSpace& space;
  const Similarity similarity;
  const int64_t dimensions;
  const Screen screen;
  const std::vector<RowTile> blocks;
};

// The candidates of one question, each added once. `question` and `words`, which stand for the
// same, must stay.
class Candidates {
 public:
  Candidates(const CandidateSpace& space, const float* question, const WordQuestion& words,
             int64_t k)
      : space_(space),
        words_(words),
        screened_(space.screen.Question(question, words.error())),
        shortlist_(
            k,
            [&space, question](int64_t row) {
              return Score(space.similarity, question, FindRow(space.blocks, row),
                           space.dimensions);
            },
            [&space](int64_t row) { FetchRow(space.blocks, row, space.dimensions); }) {}

  // codes: those of the row alone.
  void Add(int64_t row, const CodesView& codes) {
    RowKey key;
    const TileExtent extent = space_.screen.Rows(codes, &key);
    const float product = words_.Product(codes.codes.data, *codes.rows);
    shortlist_.Add(space_.screen.Bounds(screened_, extent, product * key.scale + key.offset), row);
  }

  // A score like this is needed to be among the k best so far.
  float Settle() { return shortlist_.Settle(); }
  const ScreenedQuestion& question() const { return screened_; }

  std::vector<ScoredRow> Finish() { return shortlist_.Finish(); }
  int64_t scored() const { return shortlist_.scored(); }  // after Finish()

 private:
  const CandidateSpace& space_;
  const WordQuestion& words_;
  const ScreenedQuestion screened_;
  Shortlist shortlist_;
};

}  // namespace dpr
