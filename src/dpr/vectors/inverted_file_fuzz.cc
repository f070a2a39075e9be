// Any bytes as an inverted file: opened, searched as far as it is sound, and verified. Whatever
// they are, a dpr::Error or a sound file.
#include <cstdint>
#include <vector>

#include "dpr/base/error.h"
#include "dpr/vectors/fuzz_file.h"
#include "dpr/vectors/inverted_file.h"

namespace {

void OpenAndSearch(const dpr::Path& path) {
  const dpr::InvertedFile file(path);
  const dpr::AnnIndex& index = file.index();
  const int64_t rows = index.rows(), dimensions = index.dimensions();
  if (rows * dimensions > 1 << 16) return file.Verify();
  const dpr::Matrix vectors(rows, dimensions);
  const dpr::CodesInMemory codes(vectors.view());
  const dpr::SearchSpace space{{{vectors.view(), codes.view()}}, {}};
  const std::vector<float> question(static_cast<size_t>(dimensions), 0.5f);
  index.Search(space, {question.data(), 1, dimensions}, 3, 2);
  file.Verify();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    OpenAndSearch(dpr::testing::FileOf(data, size));
  } catch (const dpr::Error&) {
  }
  return 0;
}
