// A folder that appears whole or not at all: it is filled as `PATH.tmp` and renamed last.
#pragma once

#include <optional>

#include "dpr/base/file.h"

namespace dpr {

// Without Commit() nothing is left behind, and what a kill left is cleared by the next one. kExists
// when there is a file, or a folder that is not empty, at `path`; kBusy when another process is
// writing the same folder. Files in it are to be written by AtomicFile, which brings them to disk.
class AtomicFolder {
 public:
  explicit AtomicFolder(const Path& path);
  ~AtomicFolder();
  AtomicFolder(const AtomicFolder&) = delete;
  AtomicFolder& operator=(const AtomicFolder&) = delete;

  const Path& temporary() const { return temporary_; }  // to be filled
  void Commit();

 private:
  Path path_, temporary_;
  std::optional<FileLock> lock_;
  bool committed_ = false;
};

}  // namespace dpr
