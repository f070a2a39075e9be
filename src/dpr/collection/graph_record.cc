#include "dpr/collection/graph_record.h"

#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/collection/json_count.h"
#include "dpr/collection/layout.h"
#include "dpr/collection/sealed_json.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "dpr graph";
constexpr int kVersion = 1;
constexpr int64_t kMostOption = 1 << 20;
constexpr const char* kMakeAnew = "Make it anew: dpr optimize";

GraphRecord FromJson(const Json& json) {
  GraphRecord record;
  for (const Json& segment : json.at("segments")) {
    record.segments.push_back({segment.at("name").get<std::string>(), Count(segment, "rows")});
  }
  const Json& options = json.at("options");
  record.options.edges = static_cast<int>(Count(options, "edges", kMostOption));
  record.options.most_edges = static_cast<int>(Count(options, "most_edges", kMostOption));
  record.options.effort = static_cast<int>(Count(options, "effort", kMostOption));
  options.at("pruning").get_to(record.options.pruning);
  record.options.seed = static_cast<uint64_t>(Count(options, "seed"));
  json.at("seconds").get_to(record.seconds);
  record.recall = RecallCurve::FromJson(json.at("recall").dump());
  const Json& file = json.at("file");
  record.file = {kGraphFile, Count(file, "bytes"), file.at("checksum").get<std::string>()};
  return record;
}

}  // namespace

int64_t GraphRecord::rows() const {
  int64_t rows = 0;
  for (const SegmentRecord& segment : segments) rows += segment.rows;
  return rows;
}

bool GraphRecord::IsOf(const Manifest& manifest) const {
  if (segments.size() > manifest.segments.size()) return false;
  for (size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].name != manifest.segments[i].name) return false;
    if (segments[i].rows != manifest.segments[i].rows) return false;
  }
  return true;
}

std::string GraphRecordText(const GraphRecord& record) {
  Json json = {{"format", kFormat}, {"version", kVersion}, {"segments", Json::array()}};
  for (const SegmentRecord& segment : record.segments) {
    json["segments"].push_back({{"name", segment.name}, {"rows", segment.rows}});
  }
  json["options"] = {{"edges", record.options.edges},
                     {"most_edges", record.options.most_edges},
                     {"effort", record.options.effort},
                     {"pruning", record.options.pruning},
                     {"seed", record.options.seed}};
  json["seconds"] = record.seconds;
  json["recall"] = Json::parse(record.recall.Json());
  json["file"] = {{"bytes", record.file.bytes}, {"checksum", record.file.checksum}};
  return SealJson(json.dump(2));
}

GraphRecord ParseGraphRecord(std::string_view text, const std::string& where) {
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

GraphRecord ReadGraphRecord(const Path& folder) {
  const Path path = folder / kGraphRecordFile;
  return ParseGraphRecord(ReadFile(path), path.string());
}

void WriteGraphRecord(const Path& folder, const GraphRecord& record) {
  WriteFileAtomically(folder / kGraphRecordFile, GraphRecordText(record));
  KillPoint("graph.described");
}

}  // namespace dpr
