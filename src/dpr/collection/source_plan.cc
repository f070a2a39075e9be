#include "dpr/collection/source_plan.h"

#include <algorithm>
#include <unordered_map>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/base/stream.h"
#include "dpr/base/utf8.h"

namespace dpr {
namespace {

namespace fs = std::filesystem;

constexpr size_t kReadBytes = size_t{1} << 20;

std::string OptionsOf(const SourceFile& file, const SourceOptions& options) {
  if (!file.is_document()) return {};
  return "words " + std::to_string(options.split.words) + ", overlap " +
         std::to_string(options.split.overlap);
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

// Takes over what the manifest knows of this key: the same content, read to its end or in part, or
// other content.
void Classify(const Manifest& manifest, std::span<const size_t> known, PlannedSource& source,
              const SourceOptions& options, Progress& progress) {
  const std::string split = OptionsOf(source.file, options);
  for (const size_t i : known) {
    const SourceRecord& record = manifest.sources[i];
    if (record.content != source.record.content) {
      source.changed = true;
      continue;
    }
    if (record.options != split && !record.complete) {
      throw Error(ErrorCode::kMismatch,
                  "the file was indexed in part, split by " + record.options + ", not by " + split,
                  source.shown, "Give the same --words and --overlap as before");
    }
    if (record.options != split) {
      progress.Note(source.shown + ": left as it is, split by " + record.options);
    }
    source.record = record;
    return;
  }
  source.record.options = split;
}

uint64_t TotalBytes(const std::vector<SourceFile>& sources) {
  uint64_t bytes = 0;
  for (const SourceFile& file : sources) {
    if (CanBeReadTwice(file)) bytes += FileSize(file.path);
  }
  return bytes;
}

// Keys below the folders given that the collection holds, no source has, and no file is behind.
std::set<std::string> FindGone(const SourcePlan& plan, const Manifest& manifest) {
  std::set<std::string> given, folders, gone;
  for (const PlannedSource& source : plan.sources) {
    given.insert(source.record.key);
    const std::string& page = source.file.page;
    if (!source.file.folder.empty() && source.file.key.ends_with(page)) {
      folders.insert(source.file.key.substr(0, source.file.key.size() - page.size()));
    }
  }
  for (const SourceRecord& record : manifest.sources) {
    const bool below = std::ranges::any_of(
        folders, [&](const std::string& folder) { return record.key.starts_with(folder); });
    std::error_code code;
    if (below && !given.contains(record.key) && !fs::exists(record.key, code)) {
      gone.insert(record.key);
    }
  }
  return gone;
}

}  // namespace

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
    const auto same_key = known.find(source.record.key);
    if (same_key != known.end()) {
      Classify(manifest, same_key->second, source, options.source, progress);
    } else {
      source.record.options = OptionsOf(file, options.source);
    }
    if (source.record.number == 0) source.record.number = next_number++;
    if (source.record.complete) ++plan.unchanged;
    plan.by_key[source.record.key] = plan.sources.size();
    plan.numbers.insert(source.record.number);
    plan.sources.push_back(std::move(source));
  }
  if (options.sync) plan.gone = FindGone(plan, manifest);
  return plan;
}

PlannedReader::PlannedReader(const PlannedSource& source, const SourceOptions& options)
    : source_(source) {
  try {
    reader_ = OpenSource(source.file, options);
  } catch (const Error& error) {
    Rethrow(error);
  }
}

bool PlannedReader::Next(Passage& passage) {
  try {
    return reader_->Next(passage);
  } catch (const Error& error) {
    Rethrow(error);
  }
}

std::string PlannedReader::where() const { return Shown(reader_->where()); }

std::string PlannedReader::Shown(const std::string& where) const {
  const std::string path = source_.file.path.string();
  return where.starts_with(path) ? source_.shown + where.substr(path.size()) : where;
}

void PlannedReader::Rethrow(const Error& error) const {
  throw Error(error.code(), error.problem(), Shown(error.where()), error.hint());
}

int64_t CountPending(const SourcePlan& plan, const SourceOptions& options, Progress& progress) {
  const std::vector<const PlannedSource*> pending = plan.Pending();
  if (pending.empty()) return 0;
  progress.Stage("counting the passages", 0, "passages");
  int64_t count = 0;
  Passage passage;
  for (const PlannedSource* source : pending) {
    PlannedReader reader(*source, options);
    int64_t passages = 0;
    while (reader.Next(passage)) {
      if (++passages % 1024 == 0) progress.Advance(1024);
    }
    progress.Advance(static_cast<uint64_t>(passages % 1024));
    count += passages - source->record.passages;
  }
  return count;
}

}  // namespace dpr
