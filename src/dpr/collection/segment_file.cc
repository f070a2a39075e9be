#include "dpr/collection/segment_file.h"

#include <nlohmann/json.hpp>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/collection/json_count.h"
#include "dpr/collection/layout.h"
#include "dpr/collection/sealed_json.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "dpr segment";
constexpr int kVersion = 1;
constexpr size_t kReadBytes = size_t{1} << 20;

SegmentContent FromJson(const Json& json) {
  SegmentContent content;
  content.rows = Count(json, "rows");
  content.dimensions = Count(json, "dimensions");
  content.encoder = json.value("encoder", std::string());
  content.counts = {Count(json, "tokens"), Count(json, "truncated")};
  for (const Json& file : json.at("files")) {
    content.files.push_back({file.at("name").get<std::string>(), Count(file, "bytes"),
                             file.at("checksum").get<std::string>()});
    const std::string& name = content.files.back().name;
    // The name becomes a path: it must stay in the folder.
    if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos ||
        name.find('\0') != std::string::npos) {
      throw Error(ErrorCode::kCorrupt, "\"" + name + "\" is no name of a file");
    }
  }
  return content;
}

}  // namespace

const SegmentFile* SegmentContent::Find(std::string_view name) const {
  for (const SegmentFile& file : files) {
    if (file.name == name) return &file;
  }
  return nullptr;
}

SegmentFile MeasureFile(const Path& folder, const std::string& name) {
  const Path path = folder / name;
  return {name, static_cast<int64_t>(FileSize(path)), HashFile(path)};
}

void CheckFile(const Path& folder, const SegmentFile& expected, Progress& progress) {
  File file = File::OpenForReading(folder / expected.name);
  const auto size = static_cast<int64_t>(file.size());
  const std::string where = file.path().string();
  if (size != expected.bytes) {
    throw Error(ErrorCode::kCorrupt,
                "the file is damaged: it has " + std::to_string(size) + " bytes, not " +
                    std::to_string(expected.bytes),
                where, kRestoreHint);
  }
  Hasher hasher;
  std::vector<std::byte> buffer(kReadBytes);
  while (const size_t got = file.Read(buffer)) {
    hasher.Add(std::span(buffer).first(got));
    progress.Advance(got);
  }
  if (hasher.Hex() == expected.checksum) return;
  throw Error(ErrorCode::kCorrupt, "the file is damaged: its checksum does not hold", where,
              kRestoreHint);
}

std::string SegmentText(const SegmentContent& content) {
  Json json = {{"format", kFormat},
               {"version", kVersion},
               {"rows", content.rows},
               {"dimensions", content.dimensions},
               {"encoder", content.encoder},
               {"tokens", content.counts.tokens},
               {"truncated", content.counts.truncated},
               {"files", Json::array()}};
  for (const SegmentFile& file : content.files) {
    json["files"].push_back(
        {{"name", file.name}, {"bytes", file.bytes}, {"checksum", file.checksum}});
  }
  return SealJson(json.dump(2));
}

SegmentContent ParseSegment(std::string_view text, const std::string& where) {
  const std::string object = OpenSealedJson(text, kFormat, kVersion, where);
  try {
    return FromJson(Json::parse(object));
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::kCorrupt, std::string("the file is malformed: ") + error.what(), where,
                kRestoreHint);
  } catch (const Error& error) {
    throw Error(ErrorCode::kCorrupt, "the file is malformed: " + error.problem(), where,
                kRestoreHint);
  }
}

SegmentContent ReadSegment(const Path& folder) {
  const Path path = folder / kSegmentFile;
  return ParseSegment(ReadFile(path), path.string());
}

void WriteSegment(const Path& folder, const SegmentContent& content) {
  WriteFileAtomically(folder / kSegmentFile, SegmentText(content));
  KillPoint("segment.described");
}

}  // namespace dpr
