// Makes the BM25 database of one segment: one file, written once, never changed.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "dpr/base/file.h"
#include "dpr/lexical/analyzer_settings.h"

namespace dpr {

// Passages in row order. Terms are counted on the caller's thread while Xapian works on another.
// Memory is bounded. Nothing is at `file` before Finish(); a builder that is destroyed or killed
// before leaves at most FILE.building, which the next one removes. Not thread-safe.
class LexicalBuilder {
 public:
  LexicalBuilder(const Path& file, const AnalyzerSettings& settings);
  LexicalBuilder(LexicalBuilder&&) noexcept;
  LexicalBuilder& operator=(LexicalBuilder&&) noexcept;
  ~LexicalBuilder();

  void Add(std::string_view title, std::string_view text);
  void Finish();

 private:
  class Writer;
  std::unique_ptr<Writer> writer_;
};

// The settings that a database was built with; nothing when there is no file. kCorrupt for a file
// that is no such database.
std::optional<AnalyzerSettings> LexicalSettingsOf(const Path& file);

// kUsage for a language that there is no stemmer for, with those that there are.
void CheckAnalyzerSettings(const AnalyzerSettings& settings);

// Does this build have BM25? Otherwise every call throws kUnsupported.
bool HasLexical();

}  // namespace dpr
