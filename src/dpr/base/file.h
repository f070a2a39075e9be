// Files: reading, mapping, and writes that a kill cannot leave half done.
//
// A file is replaced by writing `NAME.tmp`, fsync, rename, fsync of the folder. Readers therefore
// see the old content or the new one, never a mixture. All functions throw dpr::Error naming the
// path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace dpr {

using Path = std::filesystem::path;

// An open file descriptor. Movable; closes on destruction.
class File {
 public:
  static File OpenForReading(const Path& path);    // a folder is an error
  static File StandardInput();                     // a descriptor of its own
  static File Create(const Path& path);            // created or truncated, mode 0644
  static File OpenOrCreate(const Path& path);      // keeps the content; mode 0644, position 0
  static File OpenForAppending(const Path& path);  // created when missing; position at the end
  static File OpenForUpdating(const Path& path);   // must exist; reads and writes, position 0
  static File Unnamed();                           // in TMPDIR, else /tmp; gone when it is closed
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  // The same file, opened anew for reading, even when it has been removed since.
  File OpenAgain() const;
  int Release();  // the descriptor, which is the caller's from now on

  size_t Read(std::span<std::byte> into);                         // bytes read; 0 at the end
  void ReadAt(uint64_t offset, std::span<std::byte> into) const;  // all of it, or kCorrupt
  void Write(std::span<const std::byte> bytes);                   // all of it
  void Write(std::string_view text);
  // All of it, not moving the position. Not for a file opened for appending.
  void WriteAt(uint64_t offset, std::span<const std::byte> bytes);
  void Truncate(uint64_t size);
  void Sync();  // fsync
  uint64_t size() const;
  const Path& path() const { return path_; }
  int descriptor() const { return descriptor_; }

 private:
  File(int descriptor, Path path) : descriptor_(descriptor), path_(std::move(path)) {}
  int descriptor_ = -1;
  Path path_;
};

// A file mapped read-only and shared. Valid for the life of the object. Safe to read from any
// thread.
class MappedFile {
 public:
  MappedFile() = default;
  explicit MappedFile(const Path& path);
  explicit MappedFile(const File& file);  // as long as it is now; `file` may be closed then
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }
  const Path& path() const { return path_; }
  // Says that these pages are not needed again soon, so that a pass over a large file keeps its
  // resident memory small. The content stays readable.
  void Release(size_t offset, size_t length) const;

 private:
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
  Path path_;
};

// Writes a new version of `path` that appears at Commit() and not before. Without Commit() nothing
// is left behind, and what a kill left is used again. kBusy when another process is writing the
// same path. The mode of an older version is kept, a symbolic link followed; a pipe or a device is
// written to in place.
class AtomicFile {
 public:
  explicit AtomicFile(const Path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  File& file() { return file_; }
  void Commit();

 private:
  Path path_, temporary_;
  bool in_place_;
  File file_;
  bool committed_ = false;
};

// An exclusive lock on a file, held until destruction; kBusy when another process has it.
class FileLock {
 public:
  FileLock(const Path& path, const std::string& what_is_locked);
  FileLock(FileLock&&) noexcept = default;
  FileLock& operator=(FileLock&&) noexcept = default;

 private:
  File file_;
};

// The whole file as a string; kInvalid when it is larger than `limit` bytes.
std::string ReadFile(const Path& path, uint64_t limit = uint64_t{1} << 30);
void WriteFileAtomically(const Path& path, std::string_view content);
void RenameDurably(const Path& from, const Path& to);  // rename, then fsync of the folder
void SyncFolder(const Path& folder);
void CreateFolder(const Path& folder);  // with its parents; no error when it is there
void RemoveAll(const Path& path);       // no error when it is not there
uint64_t FileSize(const Path& path);

}  // namespace dpr
