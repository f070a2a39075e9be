#include "dpr/base/stream.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <vector>

#include "dpr/base/gzip_stream.h"

namespace dpr {
namespace {

constexpr size_t kFileBlock = size_t{1} << 18;
constexpr size_t kMagicSize = 3;
constexpr size_t kLineBlock = size_t{1} << 16;

// A file or standard input, as it is.
class FileStream : public ByteStream {
 public:
  explicit FileStream(const Path& path)
      : name_(path == "-" ? "standard input" : path.string()),
        file_(path == "-" ? File::StandardInput() : File::OpenForReading(path)) {}

  size_t Read(std::span<char> into) override { return file_.Read(std::as_writable_bytes(into)); }
  const std::string& name() const override { return name_; }

 private:
  std::string name_;
  File file_;
};

// A stream through libarchive's filters; format "raw" is one nameless entry. Only filters that a
// magic number tells safely are on: the others take text for an archive ("begin 644 NAME" for
// uuencode) or start programs.
class ArchiveStream : public ByteStream {
 public:
  explicit ArchiveStream(std::unique_ptr<ByteStream> source)
      : source_(std::move(source)), block_(kFileBlock), archive_(archive_read_new()) {
    archive_read_support_filter_xz(archive_.get());
    archive_read_support_filter_zstd(archive_.get());
    archive_read_support_format_raw(archive_.get());
    archive_read_support_format_empty(archive_.get());
    if (archive_read_open(archive_.get(), this, nullptr, ReadSource, nullptr) != ARCHIVE_OK) Fail();
    archive_entry* entry = nullptr;
    const int found = archive_read_next_header(archive_.get(), &entry);
    if (found == ARCHIVE_EOF) {
      ended_ = true;
    } else if (found != ARCHIVE_OK && found != ARCHIVE_WARN) {
      Fail();
    }
  }

  size_t Read(std::span<char> into) override {
    if (ended_) return 0;
    const auto got = archive_read_data(archive_.get(), into.data(), into.size());
    if (got < 0) Fail();
    return static_cast<size_t>(got);
  }

  const std::string& name() const override { return source_->name(); }

 private:
  // Called by libarchive, which no exception may pass: it is kept until the call returns.
  static la_ssize_t ReadSource(archive*, void* self, const void** buffer) {
    auto& stream = *static_cast<ArchiveStream*>(self);
    *buffer = stream.block_.data();
    try {
      return static_cast<la_ssize_t>(stream.source_->Read(stream.block_));
    } catch (...) {
      stream.source_error_ = std::current_exception();
      return ARCHIVE_FATAL;
    }
  }

  [[noreturn]] void Fail() const {
    if (source_error_) std::rethrow_exception(source_error_);
    const char* reason = archive_error_string(archive_.get());
    throw Error(ErrorCode::kInvalid, std::string("cannot read: ") + (reason ? reason : "damaged"),
                name(), "If it is compressed, it may be cut short or damaged");
  }

  struct Free {
    void operator()(archive* a) const { archive_read_free(a); }
  };
  std::unique_ptr<ByteStream> source_;
  std::vector<char> block_;
  std::exception_ptr source_error_;
  std::unique_ptr<archive, Free> archive_;  // reads from source_, so it goes first
  bool ended_ = false;
};

class MemoryStream : public ByteStream {
 public:
  MemoryStream(std::string_view bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}

  size_t Read(std::span<char> into) override {
    const size_t count = std::min(into.size(), bytes_.size());
    if (count != 0) std::memcpy(into.data(), bytes_.data(), count);
    bytes_.remove_prefix(count);
    return count;
  }

  const std::string& name() const override { return name_; }

 private:
  std::string_view bytes_;
  std::string name_;
};

// Bytes that were read ahead, then the stream that they came from.
class PeekedStream : public ByteStream {
 public:
  PeekedStream(std::string beginning, std::unique_ptr<ByteStream> rest)
      : beginning_(std::move(beginning)), rest_(std::move(rest)) {}

  size_t Read(std::span<char> into) override {
    if (given_ == beginning_.size()) return rest_->Read(into);
    const size_t count = beginning_.copy(into.data(), into.size(), given_);
    given_ += count;
    return count;
  }

  const std::string& name() const override { return rest_->name(); }

 private:
  std::string beginning_;
  size_t given_ = 0;
  std::unique_ptr<ByteStream> rest_;
};

}  // namespace

std::unique_ptr<ByteStream> OpenStream(const Path& path) {
  std::unique_ptr<ByteStream> stream = std::make_unique<FileStream>(path);
  if (IsGzip(PeekBeginning(stream, kMagicSize))) return GunzipStream(std::move(stream));
  return std::make_unique<ArchiveStream>(std::move(stream));
}

std::unique_ptr<ByteStream> StreamOf(std::string_view bytes, std::string name) {
  return std::make_unique<MemoryStream>(bytes, std::move(name));
}

std::string PeekBeginning(std::unique_ptr<ByteStream>& stream, size_t count) {
  std::string beginning(count, '\0');
  size_t have = 0;
  while (have < count) {
    const size_t got = stream->Read(std::span(beginning).subspan(have));
    if (got == 0) break;
    have += got;
  }
  beginning.resize(have);
  stream = std::make_unique<PeekedStream>(beginning, std::move(stream));
  return beginning;
}

LineReader::LineReader(std::unique_ptr<ByteStream> stream, size_t longest)
    : stream_(std::move(stream)), longest_(longest) {}

bool LineReader::Fill() {
  if (ended_) return false;
  buffer_.erase(0, begin_);
  begin_ = 0;
  const size_t old = buffer_.size();
  buffer_.resize(old + std::max(kLineBlock, std::min(old, longest_)));
  const size_t got = stream_->Read(std::span(buffer_).subspan(old));
  buffer_.resize(old + got);
  ended_ = got == 0;
  return !ended_;
}

void LineReader::Start() {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  started_ = true;
  while (buffer_.size() < kByteOrderMark.size() && Fill()) {
  }
  if (buffer_.starts_with(kByteOrderMark)) begin_ = kByteOrderMark.size();
}

void LineReader::SkipLine() {
  size_t end;
  while ((end = buffer_.find('\n', begin_)) == std::string::npos) {
    begin_ = buffer_.size();
    if (!Fill()) break;
  }
  begin_ = end == std::string::npos ? buffer_.size() : end + 1;
  inside_long_line_ = false;
}

void LineReader::FailTooLong() {
  ++line_number_;
  throw BadRecord(ErrorCode::kInvalid,
                  "the line is longer than " + std::to_string(longest_) + " bytes", where(),
                  "Split the record, or check that the file is text with one record a line");
}

bool LineReader::NextWithEnd(std::string_view& line) {
  if (!started_) Start();
  if (inside_long_line_) SkipLine();
  size_t searched = 0;
  size_t end = std::string::npos;
  while ((end = buffer_.find('\n', begin_ + searched)) == std::string::npos) {
    searched = buffer_.size() - begin_;
    if (searched > longest_) {
      inside_long_line_ = true;
      FailTooLong();
    }
    if (!Fill()) break;
  }
  if (begin_ == buffer_.size()) return false;
  line =
      std::string_view(buffer_).substr(begin_, end == std::string::npos ? end : end + 1 - begin_);
  begin_ += line.size();
  if (line.size() > longest_) FailTooLong();
  ++line_number_;
  return true;
}

bool LineReader::Next(std::string_view& line) {
  if (!NextWithEnd(line)) return false;
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return true;
}

std::string LineReader::where() const { return name() + ", line " + std::to_string(line_number_); }

}  // namespace dpr
