#include "dpr/experiments/prepare_parts.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/data/passage_source.h"

namespace dpr {

void RequireEnough(const SetDefinition& set, const std::string& what, int64_t there,
                   int64_t needed) {
  if (there >= needed) return;
  throw Error(
      ErrorCode::kInvalid,
      fmt::format("the set `{}` gives {} {}, and {} are needed", set.name, there, what, needed), {},
      "Ask for fewer in the experiment file, or give a larger set");
}

std::vector<PreparedQuestion> TakePart(std::span<const PreparedQuestion> questions,
                                       std::span<const Part> parts, Part part, int64_t count) {
  std::vector<PreparedQuestion> taken;
  for (const int64_t i : OrderOfPart(parts, part, kSplitSeed)) {
    if (static_cast<int64_t>(taken.size()) == count) break;
    taken.push_back(questions[static_cast<size_t>(i)]);
  }
  return taken;
}

void PassageFile::Add(const Passage& passage) {
  const nlohmann::ordered_json json = {
      {"id", passage.id}, {"title", passage.title}, {"text", passage.text}};
  buffer_ += json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  ++count_;
  if (buffer_.size() < (1 << 20)) return;
  file_.file().Write(buffer_);
  buffer_.clear();
}

void PassageFile::Finish() {
  file_.file().Write(buffer_);
  file_.Commit();
}

void ForEachPassage(const std::vector<Path>& files,
                    const std::function<bool(Passage& passage)>& visit) {
  for (const SourceFile& file : ListSources(files)) {
    const auto reader = OpenSource(file, {});
    for (Passage passage; reader->Next(passage);) {
      if (!visit(passage)) return;
    }
  }
}

int64_t CountWords(std::string_view text) {
  int64_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\t';
    words += !blank && !inside ? 1 : 0;
    inside = !blank;
  }
  return words;
}

std::vector<Passage> SpreadSample(const std::vector<Passage>& passages, size_t count) {
  std::vector<Passage> sample;
  const size_t step = std::max<size_t>(1, passages.size() / count);
  for (size_t i = 0; i < passages.size(); i += step) sample.push_back(passages[i]);
  return sample;
}

}  // namespace dpr
