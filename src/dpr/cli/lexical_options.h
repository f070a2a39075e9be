// The options by which a collection gets BM25: --bm25, --language, --k1, --b.
#pragma once

#include <optional>
#include <string>

#include "dpr/cli/search_options.h"
#include "dpr/collection/collection.h"

namespace dpr::cli {

struct LexicalOptions {
  bool bm25 = false;
  std::optional<std::string> language;
  Bm25Options parameters;

  void AddTo(CLI::App& command, const char* bm25_help);
  bool any_given() const { return bm25 || language || parameters.any_given(); }
  // What is given, over what the collection has; `held`: nothing while there is none.
  LexicalRecord Over(const std::optional<Collection>& held) const;
};

// What the collection is now; nothing when there is none yet.
std::optional<Collection> OpenIfThere(const std::string& collection);

}  // namespace dpr::cli
