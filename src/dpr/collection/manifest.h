// collection.json: what a collection consists of at one moment. Replaced as a whole, by rename, as
// the last step of every change; what it does not name is not part of the collection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/collection/collection.h"

namespace dpr {

// One reading of one file. A file that is read again with other content is another reading.
struct SourceRecord {
  int64_t number = 0;   // unique in the collection, never given twice
  std::string key;      // SourceFile::key
  std::string content;  // hash of the file's bytes
  // How it was split into passages, and which vectors were imported with it; empty for records that
  // were encoded.
  std::string options;
  int64_t passages = 0;     // taken from it so far
  int64_t bad_records = 0;  // malformed and passed over so far
  int64_t duplicates = 0;   // passed over so far, since their ids were there
  bool complete = false;    // read to its end

  // The parts of `options`, each empty where it is not there: "words 100, overlap 0", and the hash
  // that follows "vectors ".
  static constexpr std::string_view kVectors = "vectors ";
  std::string split() const;
  std::string vectors() const;
};

struct SegmentRecord {
  std::string name;  // its folder below segments/
  int64_t rows = 0;
};

// The bitmap that belongs to this manifest, among those in the file `deleted`.
struct DeletedRecord {
  int64_t generation = 0;
  int64_t rows = 0;  // how many are deleted
};

struct Manifest {
  int64_t generation = 0;  // of this collection; every change adds one
  int64_t next_segment = 1;
  int64_t next_source = 1;
  std::optional<EncoderRecord> encoder;  // of every segment's vectors
  std::optional<LexicalRecord> lexical;  // of every segment's BM25
  std::vector<SegmentRecord> segments;   // in row order
  std::optional<DeletedRecord> deleted;
  std::string ann;  // its folder below ann/, digits; empty: none. Of the first segments or all.
  std::vector<SourceRecord> sources;

  int64_t rows() const;      // with deleted ones
  int64_t passages() const;  // live
};

// Sources may be many and only writers need them: opening to read leaves them out.
enum class ManifestParts { kAll, kWithoutSources };

std::string ManifestText(const Manifest& manifest);
// kCorrupt or kUnsupported, naming `where`.
Manifest ParseManifest(std::string_view text, const std::string& where, ManifestParts parts);

// kNotFound when there is no collection in the folder.
Manifest ReadManifest(const Path& collection, ManifestParts parts);
void WriteManifest(const Path& collection, const Manifest& manifest);

}  // namespace dpr
