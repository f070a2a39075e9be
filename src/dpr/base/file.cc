#include "dpr/base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"

namespace dpr {
namespace {

int Open(const Path& path, int flags, const char* action) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (descriptor < 0) ThrowErrno(action, path.string());
  return descriptor;
}

Path FolderOf(const Path& path) { return path.has_parent_path() ? path.parent_path() : Path("."); }

// Where a symbolic link leads; a folder is an error, since a file is to be put there.
Path Resolved(const Path& path) {
  std::error_code code;
  Path resolved = std::filesystem::is_symlink(path, code)
                      ? std::filesystem::weakly_canonical(path, code)
                      : path;
  if (std::filesystem::is_directory(resolved, code)) {
    errno = EISDIR;
    ThrowErrno("write the file", path.string());
  }
  return resolved;
}

// A pipe, a terminal, /dev/null: it is written to and not replaced.
bool IsDevice(const Path& path) {
  std::error_code code;
  return std::filesystem::exists(path, code) && !std::filesystem::is_regular_file(path, code);
}

// Locks `file`, which is at `path`, for this process; kBusy when another has it.
void Lock(const File& file, const std::string& what_is_locked) {
  if (::flock(file.descriptor(), LOCK_EX | LOCK_NB) == 0) return;
  if (errno != EWOULDBLOCK) ThrowErrno("lock", file.path().string());
  throw Error(ErrorCode::kBusy, "another process is writing to " + what_is_locked,
              file.path().string(), "Wait until it has finished, then give the command again");
}

bool IsStillAt(const File& file, const Path& path) {
  struct stat opened, named;
  return ::fstat(file.descriptor(), &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

File CreateLocked(const Path& path) {
  while (true) {
    File file = File::OpenOrCreate(path);
    Lock(file, "this file");
    if (!IsStillAt(file, path)) continue;  // its writer renamed it before the lock was ours
    file.Truncate(0);
    return file;
  }
}

}  // namespace

File File::OpenForReading(const Path& path) {
  File file(Open(path, O_RDONLY, "open the file"), path);
  struct stat status;
  if (::fstat(file.descriptor_, &status) != 0) ThrowErrno("read the file's status", path.string());
  if (S_ISDIR(status.st_mode)) {
    errno = EISDIR;
    ThrowErrno("read the file", path.string());
  }
  return file;
}

File File::StandardInput() {
  const int descriptor = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
  if (descriptor < 0) ThrowErrno("read", "standard input");
  return File(descriptor, "standard input");
}

File File::Create(const Path& path) {
  return File(Open(path, O_RDWR | O_CREAT | O_TRUNC, "create the file"), path);
}

File File::OpenOrCreate(const Path& path) {
  return File(Open(path, O_RDWR | O_CREAT, "create the file"), path);
}

File File::OpenForAppending(const Path& path) {
  return File(Open(path, O_RDWR | O_CREAT | O_APPEND, "open the file for writing"), path);
}

File File::OpenForUpdating(const Path& path) {
  return File(Open(path, O_RDWR, "open the file for writing"), path);
}

File File::Unnamed() {
  const char* folder = std::getenv("TMPDIR");
  if (folder == nullptr || *folder == '\0') folder = "/tmp";
  std::string name = (Path(folder) / "dpr-XXXXXX").string();
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) ThrowErrno("create a temporary file", folder);
  ::unlink(name.c_str());
  return File(descriptor, name);
}

File::File(File&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  return *this;
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

File File::OpenAgain() const {
  const Path descriptor = "/proc/self/fd/" + std::to_string(descriptor_);
  return File(Open(descriptor, O_RDONLY, "open the file again"), path_);
}

int File::Release() { return std::exchange(descriptor_, -1); }

size_t File::Read(std::span<std::byte> into) {
  while (true) {
    const ssize_t got = ::read(descriptor_, into.data(), into.size());
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) ThrowErrno("read", path_.string());
  }
}

void File::ReadAt(uint64_t offset, std::span<std::byte> into) const {
  size_t done = 0;
  while (done < into.size()) {
    const ssize_t got = ::pread(descriptor_, into.data() + done, into.size() - done,
                                static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) ThrowErrno("read", path_.string());
    if (got == 0) {
      throw Error(ErrorCode::kCorrupt,
                  "the file ends at byte " + std::to_string(offset + done) + ", before byte " +
                      std::to_string(offset + into.size()),
                  path_.string(), "It has been cut short: copy it, or make it, again");
    }
    done += static_cast<size_t>(got);
  }
}

void File::Write(std::span<const std::byte> bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t put = ::write(descriptor_, bytes.data() + done, bytes.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) ThrowErrno("write", path_.string());
    done += static_cast<size_t>(put);
  }
}

void File::Write(std::string_view text) { Write(std::as_bytes(std::span(text))); }

void File::WriteAt(uint64_t offset, std::span<const std::byte> bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t put = ::pwrite(descriptor_, bytes.data() + done, bytes.size() - done,
                                 static_cast<off_t>(offset + done));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) ThrowErrno("write", path_.string());
    done += static_cast<size_t>(put);
  }
}

void File::Truncate(uint64_t size) {
  if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) {
    ThrowErrno("truncate", path_.string());
  }
}

void File::Sync() {
  if (::fsync(descriptor_) != 0) ThrowErrno("write to the disk", path_.string());
}

uint64_t File::size() const {
  struct stat status;
  if (::fstat(descriptor_, &status) != 0) ThrowErrno("read the file's status", path_.string());
  return static_cast<uint64_t>(status.st_size);
}

MappedFile::MappedFile(const Path& path) : MappedFile(File::OpenForReading(path)) {}

MappedFile::MappedFile(const File& file) : size_(file.size()), path_(file.path()) {
  if (size_ == 0) return;
  void* address = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file.descriptor(), 0);
  if (address == MAP_FAILED) ThrowErrno("map the file", path_.string());
  data_ = static_cast<const std::byte*>(address);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      path_(std::move(other.path_)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(path_, other.path_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::Release(size_t offset, size_t length) const {
  const size_t page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const size_t begin = (offset + page - 1) / page * page;
  const size_t end = (offset + std::min(length, size_ - std::min(offset, size_))) / page * page;
  if (data_ == nullptr || begin >= end) return;
  ::madvise(const_cast<std::byte*>(data_) + begin, end - begin, MADV_DONTNEED);
}

AtomicFile::AtomicFile(const Path& path)
    : path_(Resolved(path)),
      temporary_(path_.string() + ".tmp"),
      in_place_(IsDevice(path_)),
      file_(in_place_ ? File::Create(path_) : CreateLocked(temporary_)) {
  struct stat status;
  if (!in_place_ && ::stat(path_.c_str(), &status) == 0) {
    ::fchmod(file_.descriptor(), status.st_mode & 07777);
  }
}

AtomicFile::~AtomicFile() {
  if (!committed_ && !in_place_) ::unlink(temporary_.c_str());
}

void AtomicFile::Commit() {
  if (in_place_) return;
  file_.Sync();
  KillPoint("rename");
  RenameDurably(temporary_, path_);
  committed_ = true;
}

FileLock::FileLock(const Path& path, const std::string& what_is_locked)
    : file_(File::OpenForAppending(path)) {
  Lock(file_, what_is_locked);
}

std::string ReadFile(const Path& path, uint64_t limit) {
  File file = File::OpenForReading(path);
  std::string content;
  std::byte buffer[1 << 16];
  while (const size_t got = file.Read(buffer)) {
    if (content.size() + got > limit) {
      throw Error(ErrorCode::kInvalid,
                  "the file is larger than " + std::to_string(limit) + " bytes", path.string(),
                  "Check that it is the file that you mean");
    }
    content.append(reinterpret_cast<const char*>(buffer), got);
  }
  return content;
}

void WriteFileAtomically(const Path& path, std::string_view content) {
  AtomicFile out(path);
  out.file().Write(content);
  out.Commit();
}

void RenameDurably(const Path& from, const Path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    ThrowErrno("rename to " + to.string(), from.string());
  }
  SyncFolder(FolderOf(to));
}

void SyncFolder(const Path& folder) {
  const int descriptor = Open(folder, O_RDONLY | O_DIRECTORY, "open the folder");
  const int result = ::fsync(descriptor);
  const int number = errno;
  ::close(descriptor);
  if (result != 0 && number != EINVAL) {
    errno = number;
    ThrowErrno("write the folder to the disk", folder.string());
  }
}

void CreateFolder(const Path& folder) {
  std::error_code code;
  const bool created = std::filesystem::create_directories(folder, code);
  if (!code && !std::filesystem::is_directory(folder, code) && !code) {
    code = {ENOTDIR, std::generic_category()};
  }
  if (code) {
    errno = code.value();
    ThrowErrno("create the folder", folder.string());
  }
  if (created) SyncFolder(FolderOf(folder));
}

void RemoveAll(const Path& path) {
  std::error_code code;
  std::filesystem::remove_all(path, code);
  if (code) {
    errno = code.value();
    ThrowErrno("remove", path.string());
  }
}

uint64_t FileSize(const Path& path) { return File::OpenForReading(path).size(); }

}  // namespace dpr
