// Text files of `encode` and `bench`: one text a line, TITLE<TAB>TEXT; where one side is empty or
// there is no tab, the other is a single text.
#pragma once

#include <vector>

#include "dpr/base/stream.h"
#include "dpr/data/records.h"

namespace dpr::cli {

// Streams the lines of a text file as passages with title and text, without ids.
class TextFileReader {
 public:
  explicit TextFileReader(const Path& path) : lines_(OpenStream(path)) {}

  // Up to `count` passages; empty at the end.
  std::vector<Passage> Next(size_t count);

 private:
  LineReader lines_;
};

// The whole file. kInvalid when it holds no line.
std::vector<Passage> ReadTextFile(const Path& path);

}  // namespace dpr::cli
