#include "dpr/cli/skipped_list.h"

#include "dpr/report/format.h"

namespace dpr::cli {
namespace {

constexpr int64_t kMostShown = 24;

// "c.dpr/" and "c.dpr" have "c.dpr.skipped" beside them.
Path ListBeside(const std::string& collection) {
  const Path folder = std::filesystem::absolute(collection).lexically_normal();
  return (folder.has_filename() ? folder : folder.parent_path()).string() + ".skipped";
}

}  // namespace

SkippedList::SkippedList(const std::string& collection, Progress& progress)
    : path_(ListBeside(collection)), progress_(progress) {}

void SkippedList::Add(const SkippedRecord& record) {
  if (!file_) file_ = File::OpenForAppending(path_);
  const std::string line = record.where + ": " + record.reason;
  file_->Write(line + "\n");
  if (++count_ <= kMostShown) progress_.Note("passed over " + line);
}

void SkippedList::Finish() {
  if (count_ == 0) return;
  const int64_t more = count_ - kMostShown;
  progress_.Note((more > 0 ? "and " + FormatCount(more) + " more; all " : "all of them ") +
                 "are listed in " + path_.string());
}

}  // namespace dpr::cli
