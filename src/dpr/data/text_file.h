// Text files of `encode` and `bench`: one text a line, TITLE<TAB>TEXT; where one side is empty or
// there is no tab, the other is a single text.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "dpr/base/stream.h"
#include "dpr/data/records.h"

namespace dpr {

// Streams the lines of a text file as passages with title and text, without ids.
class TextFileReader {
 public:
  explicit TextFileReader(const Path& path) : TextFileReader(OpenStream(path)) {}
  explicit TextFileReader(std::unique_ptr<ByteStream> stream) : lines_(std::move(stream)) {}

  // Up to `count` passages; empty at the end.
  std::vector<Passage> Next(size_t count);

 private:
  LineReader lines_;
};

// The whole file. kInvalid when it holds no line.
std::vector<Passage> ReadTextFile(const Path& path);

}  // namespace dpr
