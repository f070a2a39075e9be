#include "dpr/vectors/code_scan.h"

#include <memory>

#include "dpr/base/threads.h"
#include "dpr/vectors/row_tiles.h"
#include "dpr/vectors/screen.h"
#include "dpr/vectors/shortlist.h"
#include "dpr/vectors/word_question.h"

namespace dpr {
namespace {

// At most a tenth of a millisecond's work, in bytes: it stays on the calling thread.
constexpr int64_t kAloneBytes = 1 << 21;
constexpr int64_t kTileRows = WordQuestion::kMostRows;

struct CodedQuestion {
  CodedQuestion(const Screen& screen, Similarity similarity, const float* vector,
                const std::vector<RowTile>& tiles, int64_t dimensions, int64_t k)
      : words(vector, dimensions),
        screened(screen.Question(vector, words.error())),
        shortlist(
            k,
            [=, &tiles](int64_t row) {
              return Score(similarity, vector, FindRow(tiles, row), dimensions);
            },
            [=, &tiles](int64_t row) { FetchRow(tiles, row, dimensions); }) {}

  WordQuestion words;
  ScreenedQuestion screened;
  Shortlist shortlist;
};

// One thread's work on a tile.
class TileScanner {
 public:
  TileScanner(const SearchSpace& space, const Screen& screen, const RowTile& tile)
      : space_(space), screen_(screen), tile_(tile), extent_(screen.Rows(tile.codes, keys_)) {}

  void Scan(CodedQuestion& question) {
    question.words.Multiply(tile_.codes, products_);
    const auto cutoff = [&] {
      return screen_.Cutoff(question.screened, extent_, question.shortlist.threshold());
    };
    float least = cutoff();
    for (int64_t j = 0; j < tile_.rows.rows; ++j) {
      const float key = products_[j] * keys_[j].scale + keys_[j].offset;
      if (key < least || IsDeleted(space_.deleted, tile_.first_row + j)) continue;
      const ScoreBounds bounds = screen_.Bounds(question.screened, extent_, key);
      if (question.shortlist.Add(bounds, tile_.first_row + j)) least = cutoff();
    }
  }

 private:
  const SearchSpace& space_;
  const Screen& screen_;
  const RowTile& tile_;
  RowKey keys_[kTileRows];
  TileExtent extent_;
  float products_[kTileRows];
};

}  // namespace

std::vector<std::vector<ScoredRow>> ScanCodes(const SearchSpace& space, Similarity similarity,
                                              ConstFloatView questions, int64_t k,
                                              SearchCosts& costs) {
  const Screen screen(similarity, questions.columns);
  const std::vector<RowTile> tiles = CutIntoTiles(space, kTileRows);
  std::vector<std::unique_ptr<CodedQuestion>> asked;
  for (int64_t i = 0; i < questions.rows; ++i) {
    asked.push_back(std::make_unique<CodedQuestion>(screen, similarity, questions.row(i), tiles,
                                                    questions.columns, k));
  }
  const auto pieces = static_cast<int64_t>(tiles.size());
  const bool alone = space.rows() * questions.rows * questions.columns < kAloneBytes;
  ParallelFor(pieces, alone ? std::max<int64_t>(pieces, 1) : 1, [&](int64_t t) {
    TileScanner scanner(space, screen, tiles[static_cast<size_t>(t)]);
    for (const auto& question : asked) scanner.Scan(*question);
  });
  costs.coded += space.rows() * questions.rows;
  std::vector<std::vector<ScoredRow>> results;
  for (const auto& question : asked) {
    results.push_back(question->shortlist.Finish());
    costs.scored += question->shortlist.scored();
  }
  return results;
}

}  // namespace dpr
