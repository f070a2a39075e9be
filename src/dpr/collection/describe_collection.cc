// Describers of collections and of each of their files.
#include <nlohmann/json.hpp>

#include "dpr/base/error.h"
#include "dpr/collection/ann_record.h"
#include "dpr/collection/collection.h"
#include "dpr/collection/deleted_rows.h"
#include "dpr/collection/describe.h"
#include "dpr/collection/layout.h"
#include "dpr/collection/manifest.h"
#include "dpr/collection/segment_file.h"
#include "dpr/lexical/lexical_builder.h"
#include "dpr/vectors/ann_file.h"

namespace dpr {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

bool IsFolderWith(const Path& path, const char* file) {
  std::error_code code;
  return fs::is_directory(path, code) && fs::exists(path / file, code);
}

bool IsFileNamed(const Path& path, const char* name) {
  std::error_code code;
  return path.filename() == name && fs::is_regular_file(path, code);
}

Path FolderOf(const Path& file) { return fs::absolute(file).parent_path(); }

// What names an unreadable byte as such: paths and keys may be any bytes.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json SegmentJson(const SegmentContent& content) {
  Json json = {{"rows", content.rows},
               {"dimensions", content.dimensions},
               {"encoder", content.encoder},
               {"tokens", content.counts.tokens},
               {"truncated", content.counts.truncated},
               {"files", Json::array()}};
  for (const SegmentFile& file : content.files) {
    json["files"].push_back(
        {{"name", file.name}, {"bytes", file.bytes}, {"checksum", file.checksum}});
  }
  return json;
}

Json EncoderJson(const EncoderRecord& encoder) {
  const Json settings = Json::parse(encoder.settings, nullptr, false);
  return {{"model", encoder.model},
          {"settings", settings.is_discarded() ? Json(encoder.settings) : settings},
          {"fingerprint", encoder.fingerprint},
          {"precision", encoder.precision},
          {"similarity", SimilarityName(encoder.similarity)},
          {"dimensions", encoder.dimensions}};
}

// What `open` finds; a build without BM25 cannot read it.
template <typename Open>
Json StatisticsJson(const Open& open) {
  if (!HasLexical()) return {{"unreadable", "this build of dpr has no BM25"}};
  const LexicalIndex index = open();
  return {{"passages", index.statistics().passages},
          {"average_length", index.statistics().average_length()}};
}

// How it was made, and what it counts: passages that are deleted but not compacted away too.
Json LexicalJson(const Path& folder) {
  const Collection collection = Collection::Open(folder);
  const LexicalRecord& record = *collection.lexical();
  Json json = {
      {"language", record.analyzer.language}, {"k1", record.bm25.k1}, {"b", record.bm25.b}};
  json.update(StatisticsJson([&] { return collection.OpenLexical(); }));
  return json;
}

// What it is of, and what it finds at which effort.
Json AnnJson(const CollectionLayout& layout, const Manifest& manifest) {
  const AnnRecord record = ReadAnnRecord(layout.ann(manifest.ann));
  return {{"kind", AnnKindName(record.options.kind)},
          {"rows", record.rows()},
          {"bytes", record.file.bytes},
          {"used", record.IsOf(manifest)},
          {"options", Json::parse(record.options.Json())},
          {"seconds", record.seconds},
          {"recall", Json::parse(record.recall.Json())}};
}

// An index's file, whose name says of which kind it is.
struct NamedAnnFile {
  explicit NamedAnnFile(const Path& path)
      : file(OpenAnnFile(ParseAnnKind(path.filename().string()), path)) {}
  void Verify() const { file->Verify(); }

  const std::unique_ptr<AnnFile> file;
};

std::string DescribeAnn(const Path& path) {
  const NamedAnnFile named(path);
  Json json = Json::parse(named.file->Describe());
  json["kind"] = "index of a collection: " + json["kind"].get<std::string>();
  json["path"] = path.string();
  json["bytes"] = FileSize(path);
  json["checksum"] = named.file->checksum();
  return json.dump();
}

Json SourceJson(const SourceRecord& source) {
  Json json = {{"source", source.key}, {"passages", source.passages}};
  if (!source.split().empty()) json["split"] = source.split();
  if (!source.vectors().empty()) json["imported_vectors"] = source.vectors();
  if (source.bad_records > 0) json["bad_records"] = source.bad_records;
  if (source.duplicates > 0) json["duplicates"] = source.duplicates;
  json["complete"] = source.complete;
  return json;
}

// Segments, with the totals of what they hold.
void AddSegments(const CollectionLayout& layout, const Manifest& manifest, Json& json) {
  int64_t bytes = 0, tokens = 0, truncated = 0, first_row = 0;
  Json segments = Json::array();
  for (const SegmentRecord& record : manifest.segments) {
    const SegmentContent content = ReadSegment(layout.segment(record.name));
    Json segment = {{"name", record.name}, {"first_row", first_row}};
    segment.update(SegmentJson(content));
    segments.push_back(segment);
    for (const SegmentFile& file : content.files) bytes += file.bytes;
    tokens += content.counts.tokens;
    truncated += content.counts.truncated;
    first_row += record.rows;
  }
  json["bytes"] = bytes;
  json["tokens"] = tokens;
  json["truncated"] = truncated;
  json["segments"] = segments;
}

Describer ForAnn() {
  return {[](const Path& path) {
            return IsFileNamed(path, AnnKindName(AnnKind::kGraph)) ||
                   IsFileNamed(path, AnnKindName(AnnKind::kInverted));
          },
          DescribeAnn, VerifyFile<NamedAnnFile>, nullptr};
}

// What was read is what was written.
Describer ForAnnRecord() {
  return {[](const Path& path) { return IsFileNamed(path, kAnnRecordFile); },
          [](const Path& path) {
            const AnnRecord record = ReadAnnRecord(FolderOf(path));
            return Dump(
                {{"kind", std::string("record of an index: ") + AnnKindName(record.options.kind)},
                 {"path", path.string()},
                 {"rows", record.rows()},
                 {"recall", Json::parse(record.recall.Json())}});
          },
          [](const Path& path, Progress& progress) {
            const Path folder = FolderOf(path);
            return VerifyFile<NamedAnnFile>(folder / ReadAnnRecord(folder).file.name, progress);
          },
          nullptr};
}

std::vector<std::string> VerifyCollection(const Path& path, Progress& progress) {
  return Collection::Verify(path, progress);
}

std::string FingerprintCollection(const Path& path, Progress& progress) {
  return Collection::Open(path).Fingerprint(progress);
}

Describer ForCollection() {
  return {[](const Path& path) { return IsFolderWith(path, kManifestFile); }, DescribeCollection,
          VerifyCollection, FingerprintCollection};
}

Describer ForManifest() {
  return {[](const Path& path) { return IsFileNamed(path, kManifestFile); },
          [](const Path& path) { return DescribeCollection(FolderOf(path)); },
          [](const Path& path, Progress& progress) {
            return VerifyCollection(FolderOf(path), progress);
          },
          [](const Path& path, Progress& progress) {
            return FingerprintCollection(FolderOf(path), progress);
          }};
}

std::string DescribeSegment(const Path& folder) {
  Json json = {{"kind", "segment"}, {"path", folder.string()}};
  json.update(SegmentJson(ReadSegment(folder)));
  return Dump(json);
}

std::vector<std::string> VerifySegment(const Path& folder, Progress& progress) {
  std::vector<std::string> problems;
  progress.Stage("verifying", 0, "bytes");
  for (const SegmentFile& file : ReadSegment(folder).files) {
    try {
      CheckFile(folder, file, progress);
    } catch (const Error& error) {
      problems.push_back(error.where() + ": " + error.problem());
    }
  }
  return problems;
}

Describer ForSegment() {
  return {[](const Path& path) { return IsFolderWith(path, kSegmentFile); }, DescribeSegment,
          VerifySegment, nullptr};
}

Describer ForSegmentFile() {
  return {
      [](const Path& path) { return IsFileNamed(path, kSegmentFile); },
      [](const Path& path) { return DescribeSegment(FolderOf(path)); },
      [](const Path& path, Progress& progress) { return VerifySegment(FolderOf(path), progress); },
      nullptr};
}

std::string DescribeDeleted(const Path& path) {
  const DeletedFile file(path);
  Json json = {{"kind", "deleted rows"}, {"path", path.string()}, {"bitmaps", Json::array()}};
  for (const int64_t generation : file.generations()) {
    const DeletedRows rows(*file.Words(generation));
    json["bitmaps"].push_back({{"generation", generation}, {"deleted", rows.count()}});
  }
  return Dump(json);
}

Describer ForDeleted() {
  return {[](const Path& path) { return IsFileNamed(path, kDeletedFile); }, DescribeDeleted,
          nullptr, nullptr};
}

// passages.sqlite is checked by the segment that it belongs to.
std::string DescribePassages(const Path& path) {
  const Path folder = FolderOf(path);
  const SegmentContent content = ReadSegment(folder);
  Json json = {{"kind", "passages of a segment"}, {"path", path.string()}, {"rows", content.rows}};
  if (const SegmentFile* file = content.Find(kPassagesFile)) {
    json["bytes"] = file->bytes;
    json["checksum"] = file->checksum;
  }
  return Dump(json);
}

Describer ForPassages() {
  return {
      [](const Path& path) { return IsFileNamed(path, kPassagesFile); }, DescribePassages,
      [](const Path& path, Progress& progress) { return VerifySegment(FolderOf(path), progress); },
      nullptr};
}

// Empty: who holds it is the system's to know.
Describer ForLock() {
  return {[](const Path& path) {
            return IsFileNamed(path, "lock") && IsFolderWith(FolderOf(path), kManifestFile);
          },
          [](const Path& path) {
            return Dump({{"kind", "lock of a collection"}, {"path", path.string()}});
          },
          nullptr, nullptr};
}

std::string DescribeLexical(const Path& path) {
  const File file = File::OpenForReading(path);
  const SegmentContent content = ReadSegment(FolderOf(path));
  Json json = {{"kind", "BM25 database of a segment"}, {"path", path.string()}};
  if (HasLexical()) json["language"] = LexicalSettingsOf(path)->language;
  json.update(StatisticsJson([&] { return LexicalIndex({{&file, 0, content.rows}}, {}); }));
  return Dump(json);
}

Describer ForLexical() {
  return {
      [](const Path& path) { return IsFileNamed(path, kLexicalFile); }, DescribeLexical,
      [](const Path& path, Progress& progress) { return VerifySegment(FolderOf(path), progress); },
      nullptr};
}

}  // namespace

std::string DescribeCollection(const Path& folder) {
  const CollectionLayout layout(folder);
  const Manifest manifest = ReadManifest(folder, ManifestParts::kAll);
  Json json = {{"kind", "collection"},
               {"path", folder.string()},
               {"generation", manifest.generation},
               {"passages", manifest.passages()},
               {"rows", manifest.rows()},
               {"deleted", manifest.rows() - manifest.passages()}};
  json["encoder"] = manifest.encoder ? EncoderJson(*manifest.encoder) : Json();
  json["bm25"] = manifest.lexical ? LexicalJson(folder) : Json();
  json["ann"] = manifest.ann.empty() ? Json() : AnnJson(layout, manifest);
  AddSegments(layout, manifest, json);
  json["sources"] = Json::array();
  for (const SourceRecord& source : manifest.sources) {
    json["sources"].push_back(SourceJson(source));
  }
  // An index run is at work, or was interrupted.
  std::error_code code;
  json["unfinished"] = fs::exists(layout.building(), code);
  return Dump(json);
}

std::vector<Describer> CollectionDescribers() {
  return {ForCollection(), ForManifest(), ForSegment(), ForSegmentFile(), ForDeleted(),
          ForPassages(),   ForLexical(),  ForLock(),    ForAnn(),         ForAnnRecord()};
}

}  // namespace dpr
