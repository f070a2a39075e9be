#include "dpr/collection/ann_record.h"

#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/collection/json_count.h"
#include "dpr/collection/layout.h"
#include "dpr/collection/sealed_json.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "dpr ann";
constexpr int kVersion = 1;
constexpr const char* kMakeAnew = "Make it anew: dpr optimize";

AnnRecord FromJson(const Json& json) {
  AnnRecord record;
  for (const Json& segment : json.at("segments")) {
    record.segments.push_back({segment.at("name").get<std::string>(), Count(segment, "rows")});
  }
  const AnnKind kind = ParseAnnKind(json.at("kind").get<std::string>());
  record.options = AnnOptions::FromJson(kind, json.at("options").dump());
  json.at("seconds").get_to(record.seconds);
  record.recall = RecallCurve::FromJson(json.at("recall").dump());
  const Json& file = json.at("file");
  record.file = {AnnKindName(kind), Count(file, "bytes"), file.at("checksum").get<std::string>()};
  return record;
}

}  // namespace

int64_t AnnRecord::rows() const {
  int64_t rows = 0;
  for (const SegmentRecord& segment : segments) rows += segment.rows;
  return rows;
}

bool AnnRecord::IsOf(const Manifest& manifest) const {
  if (segments.size() > manifest.segments.size()) return false;
  for (size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].name != manifest.segments[i].name) return false;
    if (segments[i].rows != manifest.segments[i].rows) return false;
  }
  return true;
}

bool AnnRecord::Fits(const AnnIndex& index, const Manifest& manifest) const {
  return index.rows() == rows() && manifest.encoder &&
         index.similarity() == manifest.encoder->similarity &&
         index.dimensions() == manifest.encoder->dimensions;
}

std::string AnnRecordText(const AnnRecord& record) {
  Json json = {{"format", kFormat}, {"version", kVersion}, {"segments", Json::array()}};
  for (const SegmentRecord& segment : record.segments) {
    json["segments"].push_back({{"name", segment.name}, {"rows", segment.rows}});
  }
  json["kind"] = AnnKindName(record.options.kind);
  json["options"] = Json::parse(record.options.Json());
  json["seconds"] = record.seconds;
  json["recall"] = Json::parse(record.recall.Json());
  json["file"] = {{"bytes", record.file.bytes}, {"checksum", record.file.checksum}};
  return SealJson(json.dump(2));
}

AnnRecord ParseAnnRecord(std::string_view text, const std::string& where) {
  const std::string object = OpenSealedJson(text, kFormat, kVersion, where);
  try {
    return FromJson(Json::parse(object));
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::kCorrupt, std::string("the file is malformed: ") + error.what(), where,
                kMakeAnew);
  } catch (const Error& error) {
    throw Error(ErrorCode::kCorrupt, "the file is malformed: " + error.problem(), where, kMakeAnew);
  }
}

AnnRecord ReadAnnRecord(const Path& folder) {
  const Path path = folder / kAnnRecordFile;
  return ParseAnnRecord(ReadFile(path), path.string());
}

void WriteAnnRecord(const Path& folder, const AnnRecord& record) {
  WriteFileAtomically(folder / kAnnRecordFile, AnnRecordText(record));
  KillPoint("ann.described");
}

}  // namespace dpr
