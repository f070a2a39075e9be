#include "dpr/data/training_corpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <mutex>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/data/record_check.h"
#include "dpr/data/training_layout.h"

namespace dpr {
namespace {

uint64_t HashOfId(std::string_view id) {
  constexpr int kDigits = 16;
  const std::string hex = HashHex(id);
  uint64_t hash = 0;
  std::from_chars(hex.data(), hex.data() + kDigits, hash, 16);
  return hash;
}

// The line that begins here, without its end.
std::string_view LineAt(std::string_view text, uint64_t begin) {
  return text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin);
}

}  // namespace

TrainingCorpus::TrainingCorpus(const Path& file, Progress& progress) : content_(file, progress) {
  std::vector<std::pair<uint64_t, uint64_t>> lines;  // begin, number
  {
    const std::string_view text = content_.text();
    const TrainingInput input{content_, nullptr, progress};
    TrainingWalk walk(input);
    ForEachLine(text, [&](uint64_t begin, uint64_t end, uint64_t number) {
      const std::string_view line = text.substr(begin, end - begin);
      if (line.find_first_not_of(" \t\r") != std::string_view::npos)
        lines.emplace_back(begin, number);
      walk.At(end);
    });
  }
  entries_.resize(lines.size());
  constexpr int64_t kGrain = 256;
  ParallelFor(static_cast<int64_t>(lines.size()), kGrain, [&](int64_t i) {
    const auto [begin, number] = lines[static_cast<size_t>(i)];
    const std::string where = fmt::format("{}, line {}", content_.name(), number);
    const TrainingPassage passage = Read(begin, where);
    if (passage.id.empty()) FailExample("the passage has no `docid`", where);
    entries_[static_cast<size_t>(i)] = {HashOfId(passage.id), begin};
  });
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.hash, a.begin) < std::pair(b.hash, b.begin);
  });
  RequireUniqueIds();
}

TrainingPassage TrainingCorpus::Read(uint64_t begin, const std::string& where) const {
  const std::string_view line = LineAt(content_.text(), begin);
  const TrainingRecord record = MakeTrainingRecord(begin, begin + line.size(), 0, where);
  const auto value = ParseTrainingJson(TrainingParser(), content_, record, where);
  if (!value.is_object()) FailExample("the line is JSON, but not an object", where);
  TrainingPassage passage = ReadTrainingPassage(value, "the corpus", where);
  content_.Release(begin, line.size());
  return passage;
}

void TrainingCorpus::RequireUniqueIds() const {
  for (size_t i = 1; i < entries_.size(); ++i) {
    if (entries_[i].hash != entries_[i - 1].hash) continue;
    const std::string where = fmt::format("{}, byte {}", content_.name(), entries_[i].begin);
    const std::string id = Read(entries_[i].begin, where).id;
    FailExample("the id " + Quoted(id) + " was there before", where);
  }
}

std::string TrainingCorpus::content_hash() const { return HashHex(content_.text()); }

std::optional<TrainingPassage> TrainingCorpus::Find(std::string_view id) const {
  const uint64_t hash = HashOfId(id);
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), hash,
                                      [](const Entry& e, uint64_t h) { return e.hash < h; });
  if (found == entries_.end() || found->hash != hash) return std::nullopt;
  TrainingPassage passage = Read(found->begin, content_.name());
  if (passage.id != id) return std::nullopt;
  return passage;
}

}  // namespace dpr
