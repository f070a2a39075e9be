#include "dpr/lexical/database.h"

#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/lexical/xapian_errors.h"

namespace dpr {
namespace {

constexpr int kVersion = 1;  // of what we put into a database

}  // namespace

std::string SettingsText(const AnalyzerSettings& settings) {
  return nlohmann::json({{"version", kVersion}, {"language", settings.language}}).dump();
}

AnalyzerSettings ParseSettings(const std::string& text, const Path& file) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("version") || !json["version"].is_number_integer()) {
    throw Error(ErrorCode::kCorrupt, "this is no BM25 database of dpr", file.string());
  }
  if (json["version"] != kVersion) {
    throw Error(ErrorCode::kUnsupported,
                "the BM25 database has version " + json["version"].dump() +
                    ", this dpr reads version " + std::to_string(kVersion),
                file.string(),
                "Use the dpr that made it, or index the sources again into a new folder");
  }
  if (!json.contains("language") || !json["language"].is_string()) {
    throw Error(ErrorCode::kCorrupt, "the BM25 database does not say its language", file.string());
  }
  return {json["language"].get<std::string>()};
}

LexicalDatabase::LexicalDatabase(const File& opened) : file(opened.path()) {
  WithXapian(file, [&] {
    xapian = Xapian::Database(opened.OpenAgain().Release());  // which Xapian closes
    settings = ParseSettings(xapian.get_metadata(kSettingsKey), file);
  });
}

}  // namespace dpr
