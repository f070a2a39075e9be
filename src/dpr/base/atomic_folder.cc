#include "dpr/base/atomic_folder.h"

#include <system_error>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"

namespace dpr {
namespace {

constexpr const char* kLock = "being-written.lock";

// Without a slash at the end, which would put the temporary folder inside.
Path WithoutSlash(const Path& path) { return path.has_filename() ? path : path.parent_path(); }

void RequireNothingAt(const Path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return;
  if (std::filesystem::is_directory(path) && std::filesystem::is_empty(path)) return;
  throw Error(ErrorCode::kExists, "there is something already", path.string(),
              "Give the name of a new folder, or remove this one");
}

}  // namespace

AtomicFolder::AtomicFolder(const Path& path)
    : path_(WithoutSlash(path)), temporary_(path_.string() + ".tmp") {
  RequireNothingAt(path_);
  CreateFolder(temporary_);
  lock_.emplace(temporary_ / kLock, "the folder " + path_.string());
  for (const auto& entry : std::filesystem::directory_iterator(temporary_)) {
    if (entry.path().filename() != kLock) RemoveAll(entry.path());
  }
}

AtomicFolder::~AtomicFolder() {
  std::error_code ignored;
  if (!committed_) std::filesystem::remove_all(temporary_, ignored);
}

void AtomicFolder::Commit() {
  RemoveAll(temporary_ / kLock);
  SyncFolder(temporary_);
  KillPoint("rename");
  RenameDurably(temporary_, path_);
  committed_ = true;
}

}  // namespace dpr
