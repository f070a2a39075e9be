#include "dpr/cli/lexical_options.h"

#include <CLI/CLI.hpp>
#include <filesystem>

#include "dpr/collection/layout.h"

namespace dpr::cli {

void LexicalOptions::AddTo(CLI::App& command, const char* bm25_help) {
  command.add_flag("--bm25", bm25, bm25_help);
  command.add_option("--language", language,
                     "of BM25's stemmer: english, porter, german, ..., none (default: english)");
  parameters.AddTo(command);
}

LexicalRecord LexicalOptions::Over(const std::optional<Collection>& held) const {
  LexicalRecord record = held && held->lexical() ? *held->lexical() : LexicalRecord();
  if (language) record.analyzer.language = *language;
  record.bm25 = parameters.Over(record.bm25);
  return record;
}

std::optional<Collection> OpenIfThere(const std::string& collection) {
  std::error_code code;
  if (!std::filesystem::exists(Path(collection) / kManifestFile, code)) return std::nullopt;
  return Collection::Open(collection);
}

}  // namespace dpr::cli
