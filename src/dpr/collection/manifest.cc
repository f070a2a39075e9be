#include "dpr/collection/manifest.h"

#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/collection/json_count.h"
#include "dpr/collection/layout.h"
#include "dpr/collection/sealed_json.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "dpr collection";
constexpr int kVersion = 1;
// A line of its own, so that the text before it can be read without the text behind it.
constexpr std::string_view kSourcesBegin = ",\n  \"sources\": [";

Json EncoderJson(const EncoderRecord& encoder) {
  return {{"model", encoder.model},
          {"settings", encoder.settings},
          {"fingerprint", encoder.fingerprint},
          {"precision", encoder.precision},
          {"similarity", SimilarityName(encoder.similarity)},
          {"dimensions", encoder.dimensions}};
}

Json LexicalJson(const LexicalRecord& lexical) {
  return {{"language", lexical.analyzer.language}, {"k1", lexical.bm25.k1}, {"b", lexical.bm25.b}};
}

Json SourceJson(const SourceRecord& source) {
  Json json = {{"number", source.number}, {"key", source.key}, {"content", source.content}};
  if (!source.options.empty()) json["options"] = source.options;
  json["passages"] = source.passages;
  if (source.bad_records > 0) json["bad_records"] = source.bad_records;
  if (source.duplicates > 0) json["duplicates"] = source.duplicates;
  json["complete"] = source.complete;
  return json;
}

EncoderRecord ParseEncoder(const Json& json) {
  EncoderRecord encoder;
  json.at("model").get_to(encoder.model);
  json.at("settings").get_to(encoder.settings);
  json.at("fingerprint").get_to(encoder.fingerprint);
  json.at("precision").get_to(encoder.precision);
  encoder.similarity = ParseSimilarity(json.at("similarity").get<std::string>());
  encoder.dimensions = Count(json, "dimensions", int64_t{1} << 20);
  return encoder;
}

LexicalRecord ParseLexical(const Json& json) {
  LexicalRecord lexical;
  json.at("language").get_to(lexical.analyzer.language);
  json.at("k1").get_to(lexical.bm25.k1);
  json.at("b").get_to(lexical.bm25.b);
  CheckBm25Parameters(lexical.bm25);
  return lexical;
}

// The name becomes a path: nothing but digits.
std::string ParseNumber(const Json& json, const char* what) {
  const auto name = json.get<std::string>();
  if (name.empty() || name.find_first_not_of("0123456789") != std::string::npos) {
    throw Error(ErrorCode::kCorrupt, "\"" + name + "\" is no name of a " + what);
  }
  return name;
}

SegmentRecord ParseSegment(const Json& json) {
  SegmentRecord segment;
  segment.name = ParseNumber(json.at("name"), "segment");
  segment.rows = Count(json, "rows", int64_t{1} << 40);
  return segment;
}

SourceRecord ParseSource(const Json& json) {
  SourceRecord source;
  source.number = Count(json, "number");
  json.at("key").get_to(source.key);
  json.at("content").get_to(source.content);
  source.options = json.value("options", std::string());
  source.passages = Count(json, "passages");
  if (json.contains("bad_records")) source.bad_records = Count(json, "bad_records");
  if (json.contains("duplicates")) source.duplicates = Count(json, "duplicates");
  json.at("complete").get_to(source.complete);
  return source;
}

Manifest FromJson(const Json& json) {
  Manifest manifest;
  manifest.generation = Count(json, "generation");
  manifest.next_segment = Count(json, "next_segment");
  manifest.next_source = Count(json, "next_source");
  if (!json.at("encoder").is_null()) manifest.encoder = ParseEncoder(json.at("encoder"));
  if (const auto bm25 = json.find("bm25"); bm25 != json.end() && !bm25->is_null()) {
    manifest.lexical = ParseLexical(*bm25);
  }
  for (const Json& segment : json.at("segments")) {
    manifest.segments.push_back(ParseSegment(segment));
  }
  if (const Json& deleted = json.at("deleted"); !deleted.is_null()) {
    manifest.deleted = {Count(deleted, "generation"), Count(deleted, "rows", manifest.rows())};
  }
  if (const auto ann = json.find("ann"); ann != json.end() && !ann->is_null()) {
    manifest.ann = ParseNumber(*ann, "ann");
  }
  if (const auto sources = json.find("sources"); sources != json.end()) {
    for (const Json& source : *sources) manifest.sources.push_back(ParseSource(source));
  }
  return manifest;
}

}  // namespace

std::string SourceRecord::split() const {
  const std::string text = options.substr(0, options.find(kVectors));
  return text.ends_with(", ") ? text.substr(0, text.size() - 2) : text;
}

std::string SourceRecord::vectors() const {
  const size_t begin = options.find(kVectors);
  return begin == std::string::npos ? std::string() : options.substr(begin + kVectors.size());
}

int64_t Manifest::rows() const {
  int64_t rows = 0;
  for (const SegmentRecord& segment : segments) rows += segment.rows;
  return rows;
}

int64_t Manifest::passages() const { return rows() - (deleted ? deleted->rows : 0); }

std::string ManifestText(const Manifest& manifest) {
  Json json = {{"format", kFormat},
               {"version", kVersion},
               {"generation", manifest.generation},
               {"passages", manifest.passages()},
               {"rows", manifest.rows()},
               {"next_segment", manifest.next_segment},
               {"next_source", manifest.next_source},
               {"encoder", manifest.encoder ? EncoderJson(*manifest.encoder) : Json()},
               {"bm25", manifest.lexical ? LexicalJson(*manifest.lexical) : Json()},
               {"deleted", nullptr},
               {"ann", manifest.ann.empty() ? Json() : Json(manifest.ann)},
               {"segments", Json::array()}};
  if (manifest.deleted) {
    json["deleted"] = {{"generation", manifest.deleted->generation},
                       {"rows", manifest.deleted->rows}};
  }
  for (const SegmentRecord& segment : manifest.segments) {
    json["segments"].push_back({{"name", segment.name}, {"rows", segment.rows}});
  }
  std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace);
  text.resize(text.size() - 2);  // "\n}"
  text += kSourcesBegin;
  const char* separator = "\n    ";
  for (const SourceRecord& source : manifest.sources) {
    text += separator + SourceJson(source).dump(-1, ' ', false, Json::error_handler_t::replace);
    separator = ",\n    ";
  }
  return SealJson(text + "\n  ]\n}");
}

Manifest ParseManifest(std::string_view text, const std::string& where, ManifestParts parts) {
  std::string object = OpenSealedJson(text, kFormat, kVersion, where);
  if (parts == ManifestParts::kWithoutSources) {
    if (const size_t end = object.find(kSourcesBegin); end != std::string::npos) {
      object.replace(end, std::string::npos, "\n}");
    }
  }
  try {
    return FromJson(Json::parse(object));
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::kCorrupt, std::string("the manifest is malformed: ") + error.what(),
                where, kRestoreHint);
  } catch (const Error& error) {
    throw Error(ErrorCode::kCorrupt, "the manifest is malformed: " + error.problem(), where,
                kRestoreHint);
  }
}

Manifest ReadManifest(const Path& collection, ManifestParts parts) {
  const Path path = CollectionLayout(collection).manifest();
  std::error_code code;
  if (!std::filesystem::exists(path, code) && !code) {
    const bool folder = std::filesystem::exists(collection, code);
    throw Error(ErrorCode::kNotFound,
                folder ? std::string("this is not a collection: it has no ") + kManifestFile
                       : "there is no such collection",
                collection.string(), "Check the path, or make one with `dpr index`");
  }
  return ParseManifest(ReadFile(path), path.string(), parts);
}

void WriteManifest(const Path& collection, const Manifest& manifest) {
  WriteFileAtomically(CollectionLayout(collection).manifest(), ManifestText(manifest));
  KillPoint("manifest.written");
}

}  // namespace dpr
