#include "dpr/data/text_file.h"

#include <iterator>
#include <limits>

#include "dpr/base/error.h"

namespace dpr {
namespace {

Passage ParseLine(std::string_view line) {
  Passage passage;
  const size_t tab = line.find('\t');
  if (tab == std::string_view::npos) {
    passage.text = line;
    return passage;
  }
  passage.title = line.substr(0, tab);
  passage.text = line.substr(tab + 1);
  if (passage.text.empty()) std::swap(passage.title, passage.text);
  return passage;
}

}  // namespace

std::vector<Passage> TextFileReader::Next(size_t count) {
  std::vector<Passage> passages;
  std::string_view line;
  while (passages.size() < count && lines_.Next(line)) passages.push_back(ParseLine(line));
  return passages;
}

std::vector<Passage> ReadTextFile(const Path& path) {
  std::vector<Passage> passages = TextFileReader(path).Next(std::numeric_limits<size_t>::max());
  if (passages.empty()) {
    throw Error(ErrorCode::kInvalid, "the file holds no text", path.string(),
                "Give one text a line, or TITLE, tab, TEXT");
  }
  return passages;
}

}  // namespace dpr
