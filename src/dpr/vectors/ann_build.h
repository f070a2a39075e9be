// What builds of index files share: where they lie while they are made, a record of how far they
// are, and how they are finished.
#pragma once

#include <string>

#include "dpr/base/file.h"

namespace dpr {

// The file at `path` when it is finished; until then building(), and beside it a record of what it
// is made of, so that another source begins anew.
class AnnBuild {
 public:
  // identity: all that the result depends on, as text.
  AnnBuild(const Path& path, std::string identity);

  const Path& path() const { return path_; }
  Path building() const { return path_.string() + ".building"; }
  Path part(const char* ending) const { return path_.string() + ".building." + ending; }
  bool finished() const;  // `path` is there, and of this identity
  // What a build of this identity has kept, a JSON object; "{}": nothing.
  std::string state() const;
  void Keep(const std::string& state) const;  // durable when it returns
  // What is there of another build goes.
  void BeginAnew() const;
  // Seals building(), which has a whole header without a checksum, and gives it its name.
  void Finish() const;

  static void Forget(const Path& path);  // the record of a finished one, and what it left

 private:
  Path record() const { return part("json"); }

  const Path path_;
  const std::string identity_;
};

// The header that all kinds of index files have: 128 bytes, in which the checksum is at 40.
inline constexpr size_t kAnnHeaderBytes = 128, kAnnChecksumAt = 40, kAnnChecksumBytes = 32;
// Of the bytes before it and of all behind the header. Reads all, in little resident memory.
std::string AnnFileChecksum(const MappedFile& file);

}  // namespace dpr
