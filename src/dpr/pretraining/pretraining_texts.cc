#include "dpr/pretraining/pretraining_texts.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <numeric>

#include "dpr/base/error.h"
#include "dpr/base/random.h"
#include "dpr/collection/collection.h"
#include "dpr/training/random_streams.h"

namespace dpr {
namespace {

constexpr int64_t kFewestArticles = 20;
constexpr uint64_t kHeldOutSeed = 1;  // the same for all runs on one text

bool IsCollection(const Path& path) { return std::filesystem::exists(path / "collection.json"); }

void AddCollection(const Path& folder, NumberedPassages& store, Progress& progress) {
  const Collection collection = Collection::Open(folder);
  progress.Stage("reading " + folder.string(), static_cast<uint64_t>(collection.passages()),
                 "passages");
  collection.ForEach([&](const StoredPassage& stored) {
    store.Add(stored.passage);
    progress.Advance(1);
  });
}

void AddSources(const std::vector<Path>& paths, const SourceOptions& options,
                NumberedPassages& store, Progress& progress) {
  if (paths.empty()) return;
  progress.Stage("reading the texts", 0, "passages");
  Passage passage;
  for (const SourceFile& file : ListSources(paths)) {
    const auto reader = OpenSource(file, options);
    while (reader->Next(passage)) {
      store.Add(passage);
      progress.Advance(1);
    }
  }
}

}  // namespace

PretrainingTexts ReadPretrainingTexts(const std::vector<Path>& sources,
                                      const SourceOptions& options, double held_out, int64_t fewest,
                                      Progress& progress) {
  PretrainingTexts texts;
  std::vector<Path> files;
  for (const Path& source : sources) {
    if (IsCollection(source)) {
      AddCollection(source, texts.store, progress);
    } else {
      files.push_back(source);
    }
  }
  AddSources(files, options, texts.store, progress);
  texts.store.Finish();
  if (texts.store.size() == 0) {
    throw Error(ErrorCode::kInvalid, "there is no passage to learn from",
                sources.empty() ? "" : sources.front().string(),
                "Give text files, TSV or JSONL passages, or a collection");
  }
  const CounterRandom random(kHeldOutSeed, kHeldOutStream);
  const bool any = texts.store.articles() >= kFewestArticles;
  for (int64_t i = 0; i < texts.store.size(); ++i) {
    const auto article = static_cast<uint64_t>(texts.store.article(i));
    const bool held = any && random.Uniform(article) < held_out;
    (held ? texts.held_out : texts.training).push_back(i);
  }
  if (std::ssize(texts.held_out) < fewest) {
    texts.held_out.clear();
    texts.training.resize(static_cast<size_t>(texts.store.size()));
    std::iota(texts.training.begin(), texts.training.end(), int64_t{0});
  }
  return texts;
}

std::string PretrainingTexts::content_hash() const {
  return fmt::format("{} {}", store.content_hash(), held_out.size());
}

std::string PretrainingTexts::Describe(const std::vector<Path>& sources) const {
  std::vector<std::string> names;
  for (const Path& source : sources) names.push_back(source.string());
  return nlohmann::ordered_json{{"file", names},
                                {"passages", training.size()},
                                {"held_out", held_out.size()},
                                {"articles", store.articles()}}
      .dump();
}

}  // namespace dpr
