#include "dpr/vectors/inverted_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "dpr/base/error.h"
#include "dpr/vectors/inverted_file_format.h"

namespace dpr {
namespace {

[[noreturn]] void FailDamaged(const char* problem, const MappedFile& file) {
  throw Error(ErrorCode::kCorrupt, problem, file.path().string(), "Make it anew: dpr optimize");
}

}  // namespace

InvertedFile::InvertedFile(const Path& path) : file_(path) {
  const InvertedFileHeader header = ParseInvertedFile(file_.bytes(), path.string());
  if (header.checksum[0] == 0) FailDamaged("the inverted file was not finished", file_);
  checksum_.assign(header.checksum, sizeof(header.checksum));
  index_.emplace(ViewInvertedFile(file_.bytes(), header));
}

void InvertedFile::Verify() const {
  if (AnnFileChecksum(file_) != checksum_) {
    FailDamaged("the checksum does not hold: a byte of the inverted file has changed", file_);
  }
  const InvertedView& view = index().view();
  std::vector<bool> met(static_cast<size_t>(view.rows));
  int64_t found = 0;
  for (uint64_t place = 0; place < view.begins.back() * kBitBlock; ++place) {
    const uint32_t row = view.row_of[place];
    if (row == kNoRow) continue;
    if (row >= view.rows || met[row]) FailDamaged("a row of the inverted file is no row", file_);
    met[row] = true;
    ++found;
  }
  if (found != view.rows) FailDamaged("the inverted file lacks rows", file_);
}

std::string InvertedFile::Describe() const {
  const InvertedView& view = index().view();
  const nlohmann::ordered_json json = {{"kind", AnnKindName(AnnKind::kInverted)},
                                       {"similarity", SimilarityName(view.similarity)},
                                       {"rows", view.rows},
                                       {"dimensions", view.dimensions},
                                       {"lists", view.lists()},
                                       {"places", view.begins.back() * kBitBlock}};
  return json.dump();
}

int64_t InvertedBytes(int64_t rows, int64_t dimensions, Similarity similarity,
                      const InvertedOptions& options) {
  const int64_t lists = options.lists > 0 ? options.lists : DefaultLists(rows);
  const int64_t places = rows + lists * kBitBlock / 2;  // half a block of each list is empty
  const int64_t offset = similarity == Similarity::kL2 ? sizeof(float) : 0;
  const auto place = static_cast<int64_t>(sizeof(uint32_t) + sizeof(float)) + offset;
  return places * (BitBytes(dimensions) + place) + (lists + dimensions) * dimensions;
}

}  // namespace dpr
