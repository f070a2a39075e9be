#include "dpr/collection/source_plan.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <unordered_map>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/base/stream.h"
#include "dpr/base/utf8.h"

namespace dpr {
namespace {

namespace fs = std::filesystem;

constexpr size_t kReadBytes = size_t{1} << 20;

std::string OptionsOf(const PlannedSource& source, const IndexOptions& options) {
  std::string text;
  if (source.file.is_document()) {
    text = "words " + std::to_string(source.split.words) + ", overlap " +
           std::to_string(source.split.overlap);
  }
  if (options.vectors.empty()) return text;
  return text + (text.empty() ? "" : ", ") + std::string(SourceRecord::kVectors) + options.vectors;
}

SplitOptions SplitOf(const std::string& options) {
  SplitOptions split;
  if (std::sscanf(options.c_str(), "words %d, overlap %d", &split.words, &split.overlap) != 2) {
    return {};
  }
  return split;
}

// As asked; what is not asked for is as it was: of this file, else of the latest document.
SplitOptions ChooseSplit(const Manifest& manifest, std::span<const size_t> known,
                         const PlannedSource& source, const IndexOptions& options) {
  SplitOptions split;
  for (const SourceRecord& record : manifest.sources) {
    if (!record.split().empty()) split = SplitOf(record.options);
  }
  bool same_content = false;
  for (const size_t i : known) {
    const SourceRecord& record = manifest.sources[i];
    if (!same_content) split = SplitOf(record.options);
    same_content = same_content || record.content == source.record.content;
  }
  split.words = options.words.value_or(split.words);
  split.overlap = options.overlap.value_or(split.overlap);
  CheckSplit(split);
  return split;
}

bool CanBeReadTwice(const SourceFile& file) {
  std::error_code code;
  return file.path != "-" && fs::is_regular_file(file.path, code);
}

// Copies a stream to a file. The hash of the bytes.
std::string Spool(const Path& from, const Path& to, Progress& progress) {
  CreateFolder(to.parent_path());
  const auto stream = OpenStream(from);
  File out = File::Create(to);
  Hasher hasher;
  std::vector<char> buffer(kReadBytes);
  while (const size_t got = stream->Read(buffer)) {
    const auto bytes = std::as_bytes(std::span(buffer).first(got));
    hasher.Add(bytes);
    out.Write(bytes);
    progress.Advance(got);
  }
  return hasher.Hex();
}

std::string Hash(const Path& path, Progress& progress) {
  File file = File::OpenForReading(path);
  Hasher hasher;
  std::vector<std::byte> buffer(kReadBytes);
  while (const size_t got = file.Read(buffer)) {
    hasher.Add(std::span(buffer).first(got));
    progress.Advance(got);
  }
  return hasher.Hex();
}

PlannedSource Measure(const SourceFile& file, const Path& spool, Progress& progress) {
  PlannedSource source;
  source.file = file;
  source.shown = file.path == "-" ? "standard input" : file.path.string();
  source.record.key = ReplaceInvalidUtf8(file.key);
  if (!CanBeReadTwice(file)) {
    source.file.path = spool;
    source.record.content = Spool(file.path, spool, progress);
  }
  source.bytes = FileSize(source.file.path);
  source.time = fs::last_write_time(source.file.path);
  if (source.record.content.empty()) source.record.content = Hash(file.path, progress);
  return source;
}

// Imported and computed vectors are not mixed, nor those of two imports, within one source.
[[noreturn]] void FailOtherVectors(const SourceRecord& held, const PlannedSource& source) {
  const bool imported = !held.vectors().empty();
  const bool importing = !source.record.vectors().empty();
  const std::string how = imported && importing ? "with other vectors than these"
                          : imported            ? "with vectors that were imported"
                                                : "with vectors that its encoder computed";
  throw Error(ErrorCode::kMismatch,
              std::string("the collection holds ") + (held.complete ? "" : "a part of ") +
                  "the file " + how,
              source.shown,
              imported && !held.complete
                  ? "Give the `dpr import` command that was interrupted again to finish it, or use "
                    "a new folder"
                  : "Import into a new folder");
}

// Takes over what the manifest knows of this key: the same content, read to its end or in part, or
// other content. A document may also be split anew. What was imported whole is left alone.
void Classify(const Manifest& manifest, std::span<const size_t> known, const IndexOptions& options,
              PlannedSource& source) {
  source.record.options = OptionsOf(source, options);
  for (const size_t i : known) {
    const SourceRecord& record = manifest.sources[i];
    if (record.content != source.record.content) continue;
    if (record.options == source.record.options) {
      source.record = record;
      return;
    }
    const std::string split = record.split(), asked = source.record.split();
    if (record.vectors() != source.record.vectors()) {
      if (!options.vectors.empty() || !record.complete) FailOtherVectors(record, source);
      if (split == asked) {
        source.record = record;
        return;
      }
    }
    const std::string splits = "split by " + split + ", not by " + asked;
    if (!record.complete) {
      throw Error(ErrorCode::kMismatch, "the file was indexed in part, " + splits, source.shown,
                  "Give the same --words and --overlap as before, or leave both out");
    }
    if (options.replace || options.sync) continue;
    throw Error(ErrorCode::kExists, "the collection holds the file, " + splits, source.shown,
                "Give --replace to split it anew, or leave --words and --overlap out to leave it "
                "as it is");
  }
}

uint64_t TotalBytes(const std::vector<SourceFile>& sources) {
  uint64_t bytes = 0;
  for (const SourceFile& file : sources) {
    if (CanBeReadTwice(file)) bytes += FileSize(file.path);
  }
  return bytes;
}

bool IsAtOrBelow(const std::string& key, const std::string& folder) {
  return key.starts_with(folder) && (key.size() == folder.size() || key[folder.size()] == '/');
}

[[noreturn]] void FailNothingToFollow(const std::string& folder, bool exists) {
  throw Error(ErrorCode::kNotFound,
              std::string(exists ? "there is no file with passages here"
                                 : "there is no such file or folder") +
                  ", and the collection holds none from it",
              folder, "Check the path");
}

// Keys that the collection holds at or below what --sync follows, that no source has, and no file
// is behind.
std::set<std::string> FindGone(const SourcePlan& plan, const Manifest& manifest,
                               const IndexOptions& options, Progress& progress) {
  std::map<std::string, bool> followed;  // has it files?
  for (const std::string& key : options.followed) followed[ReplaceInvalidUtf8(key)] = false;
  for (const PlannedSource& source : plan.sources) {
    if (!source.file.folder.empty()) followed[ReplaceInvalidUtf8(source.file.folder)] = true;
  }
  std::set<std::string> gone;
  std::error_code code;
  for (const auto& [folder, has_files] : followed) {
    bool known = has_files;
    int64_t count = 0;
    for (const SourceRecord& record : manifest.sources) {
      if (!IsAtOrBelow(record.key, folder)) continue;
      known = true;
      if (plan.by_key.contains(record.key) || fs::exists(record.key, code)) continue;
      count += gone.insert(record.key).second ? 1 : 0;
    }
    const bool exists = fs::exists(folder, code);
    if (!known) FailNothingToFollow(folder, exists);
    if (!exists && count > 0) {
      progress.Note(folder + " is gone: what the collection holds of it, " + std::to_string(count) +
                    (count == 1 ? " file" : " files") + ", is deleted");
    }
  }
  return gone;
}

// A run that was killed may have left a source that this command does not finish.
void NoteUnfinished(const SourcePlan& plan, const Manifest& manifest, Progress& progress) {
  for (const SourceRecord& record : manifest.sources) {
    if (record.complete || plan.by_key.contains(record.key) || plan.gone.contains(record.key)) {
      continue;
    }
    progress.Note(record.key + ": " + std::to_string(record.passages) +
                  " passages of it are indexed, not all: the run was interrupted; give it again to "
                  "finish it");
  }
}

}  // namespace

void CheckSplit(const SplitOptions& split) {
  if (split.overlap < split.words) return;
  throw Error(ErrorCode::kUsage,
              "passages of " + std::to_string(split.words) + " words cannot overlap by " +
                  std::to_string(split.overlap),
              "--overlap", "Give fewer words than --words");
}

SplitOptions PlannedSplit(const Manifest& manifest, const SourceFile& document,
                          const IndexOptions& options, Progress& progress) {
  const PlannedSource source = Measure(document, {}, progress);
  std::vector<size_t> same_key;
  for (size_t i = 0; i < manifest.sources.size(); ++i) {
    if (manifest.sources[i].key == source.record.key) same_key.push_back(i);
  }
  return ChooseSplit(manifest, same_key, source, options);
}

void PlannedSource::CheckUnchanged() const {
  std::error_code code;
  if (fs::file_size(file.path, code) == bytes && fs::last_write_time(file.path, code) == time) {
    return;
  }
  throw Error(ErrorCode::kMismatch, "the file changed while it was being indexed", shown,
              "Give the command again when nothing writes to the file");
}

std::vector<const PlannedSource*> SourcePlan::Pending() const {
  std::vector<const PlannedSource*> pending;
  for (const PlannedSource& source : sources) {
    if (!source.record.complete) pending.push_back(&source);
  }
  return pending;
}

SourcePlan PlanSources(const CollectionLayout& layout, const Manifest& manifest,
                       const std::vector<SourceFile>& sources, const IndexOptions& options,
                       Progress& progress) {
  std::unordered_map<std::string, std::vector<size_t>> known;
  for (size_t i = 0; i < manifest.sources.size(); ++i) {
    known[manifest.sources[i].key].push_back(i);
  }
  SourcePlan plan;
  int64_t next_number = manifest.next_source;
  progress.Stage("checking the sources", TotalBytes(sources), "bytes");
  for (const SourceFile& file : sources) {
    const Path spool = layout.spool() / std::to_string(plan.sources.size());
    PlannedSource source = Measure(file, spool, progress);
    const std::vector<size_t>& same_key = known[source.record.key];
    if (file.is_document()) source.split = ChooseSplit(manifest, same_key, source, options);
    Classify(manifest, same_key, options, source);
    if (source.record.number == 0) source.record.number = next_number++;
    if (source.record.complete) ++plan.unchanged;
    plan.by_key[source.record.key] = plan.sources.size();
    plan.numbers.insert(source.record.number);
    plan.sources.push_back(std::move(source));
  }
  if (options.sync) plan.gone = FindGone(plan, manifest, options, progress);
  NoteUnfinished(plan, manifest, progress);
  return plan;
}

}  // namespace dpr
