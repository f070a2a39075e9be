#include "dpr/retrieval/searcher.h"

#include <utility>

#include "dpr/base/error.h"
#include "dpr/vectors/exact_search.h"

namespace dpr {
namespace {

bool IsBlank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

Retriever OpenEncoderOf(const Collection& collection, const Path& folder, const Path& model) {
  const auto& record = collection.encoder();
  if (!record) {
    throw Error(ErrorCode::kInvalid, "the collection has no vectors", folder.string(),
                "Add them with `dpr index ... -o " + folder.string() + " --model DIR`");
  }
  const Path place = model.empty() ? Path(record->model) : model;
  Retriever retriever =
      Retriever::Open(place, RetrieverOptions::FromSettingsJson(record->settings));
  if (retriever.fingerprint() != record->fingerprint) {
    throw Error(ErrorCode::kMismatch,
                "the encoder in " + place.string() + " is not the one that made these vectors",
                folder.string(), "Name that encoder's folder with --model, or index again");
  }
  return retriever;
}

}  // namespace

Searcher Searcher::Open(const Path& folder, const Path& model) {
  Collection collection = Collection::Open(folder);
  Retriever retriever = OpenEncoderOf(collection, folder, model);
  return Searcher(std::move(collection), std::move(retriever));
}

Searcher::Searcher(Collection collection, Retriever retriever)
    : collection_(std::move(collection)), retriever_(std::move(retriever)) {}

std::vector<std::vector<Hit>> Searcher::Search(std::span<const std::string> questions, int64_t k,
                                               EncodeCounts* counts) const {
  if (k < 1) {
    throw Error(ErrorCode::kUsage, "k is " + std::to_string(k), {},
                "Ask for at least one passage (-k 1)");
  }
  for (size_t i = 0; i < questions.size(); ++i) {
    if (!IsBlank(questions[i])) continue;
    throw Error(ErrorCode::kInvalid, "the question is empty",
                questions.size() > 1 ? "question " + std::to_string(i + 1) : std::string(),
                "Give a question of at least one word");
  }
  std::vector<std::vector<Hit>> hits(questions.size());
  if (questions.empty() || collection_.passages() == 0) return hits;
  Matrix vectors(static_cast<int64_t>(questions.size()), retriever_.dimensions());
  const EncodeCounts encoded = retriever_.questions().EncodeTexts(questions, vectors.view());
  if (counts != nullptr) *counts = encoded;
  const auto ranked =
      ExactSearch(collection_.search_space(), retriever_.similarity(), vectors.view(), k);
  for (size_t i = 0; i < ranked.size(); ++i) {
    hits[i].reserve(ranked[i].size());
    for (const ScoredRow& found : ranked[i]) hits[i].push_back({found.row, found.score});
  }
  return hits;
}

}  // namespace dpr
