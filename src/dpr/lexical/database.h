// An open BM25 database: Xapian's handle and the settings that it was built with. For the sources
// of this module. The docid of a passage is its row in the segment plus 1.
#pragma once

#include <xapian.h>

#include <string>

#include "dpr/base/file.h"
#include "dpr/lexical/analyzer_settings.h"

namespace dpr {

inline constexpr const char* kSettingsKey = "dpr";  // of the database's metadata

// What stands there, and its inverse: kCorrupt or kUnsupported.
std::string SettingsText(const AnalyzerSettings& settings);
AnalyzerSettings ParseSettings(const std::string& text, const Path& file);

// For one thread.
struct LexicalDatabase {
  explicit LexicalDatabase(const File& opened);

  Path file;
  Xapian::Database xapian;
  AnalyzerSettings settings;
};

}  // namespace dpr
