#include "dpr/collection/planned_reader.h"

#include "dpr/base/error.h"

namespace dpr {

PlannedReader::PlannedReader(const PlannedSource& source, const IndexOptions& options,
                             const SkippedHandler& skipped)
    : source_(source), skipped_(skipped) {
  try {
    reader_ = OpenSource(source.file, {source.split, options.skip_bad});
  } catch (const Error& error) {
    Rethrow(error);
  }
  if (!skipped_) return;
  reader_->set_on_bad([this](const Error& bad) { skipped_({Shown(bad.where()), bad.problem()}); });
}

bool PlannedReader::ReadOne(Passage& passage, bool& duplicate) {
  try {
    if (!reader_->Next(passage)) return false;
  } catch (const Error& error) {
    Rethrow(error);
  }
  const std::vector<int64_t>& duplicates = source_.duplicates;
  duplicate = next_duplicate_ < duplicates.size() && duplicates[next_duplicate_] == position_;
  ++position_;
  if (!duplicate) return true;
  ++next_duplicate_;
  if (skipped_) skipped_({where(), "the id \"" + passage.id + "\" is there already"});
  return true;
}

bool PlannedReader::Next(Passage& passage) {
  for (bool duplicate = false; ReadOne(passage, duplicate);) {
    if (!duplicate) return true;
    ++duplicates_;
  }
  return false;
}

void PlannedReader::GoBehind(const SourceRecord& read) {
  Passage passage;
  bool duplicate = false;
  for (int64_t i = 0; i < read.passages + read.duplicates; ++i) {
    if (ReadOne(passage, duplicate)) continue;
    throw Error(ErrorCode::kMismatch,
                "the source ends after " + std::to_string(i) + " passages, and " +
                    std::to_string(read.passages + read.duplicates) + " of it have been read",
                source_.shown, "Give the same options as before");
  }
  duplicates_ = read.duplicates;
}

std::string PlannedReader::where() const { return Shown(reader_->where()); }

std::string PlannedReader::Shown(const std::string& where) const {
  const std::string path = source_.file.path.string();
  return where.starts_with(path) ? source_.shown + where.substr(path.size()) : where;
}

void PlannedReader::Rethrow(const Error& error) const {
  throw Error(error.code(), error.problem(), Shown(error.where()), error.hint());
}

}  // namespace dpr
