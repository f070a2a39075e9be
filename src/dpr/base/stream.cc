#include "dpr/base/stream.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cstring>

#include "dpr/base/error.h"

namespace dpr {
namespace {

// A file or standard input through libarchive's filters; format "raw" is one nameless entry.
class ArchiveStream : public ByteStream {
 public:
  explicit ArchiveStream(const Path& path)
      : name_(path == "-" ? "standard input" : path.string()), archive_(archive_read_new()) {
    if (path != "-") File::OpenForReading(path);
    archive_read_support_filter_all(archive_.get());
    archive_read_support_format_raw(archive_.get());
    archive_read_support_format_empty(archive_.get());
    const int opened = path == "-"
                           ? archive_read_open_fd(archive_.get(), 0, kBlock)
                           : archive_read_open_filename(archive_.get(), path.c_str(), kBlock);
    if (opened != ARCHIVE_OK) Fail();
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

  const std::string& name() const override { return name_; }

 private:
  static constexpr size_t kBlock = 1 << 18;

  [[noreturn]] void Fail() const {
    const char* reason = archive_error_string(archive_.get());
    throw Error(ErrorCode::kInvalid, std::string("cannot read: ") + (reason ? reason : "damaged"),
                name_, "If it is compressed, it may be cut short or damaged");
  }

  struct Free {
    void operator()(archive* a) const { archive_read_free(a); }
  };
  std::string name_;
  std::unique_ptr<archive, Free> archive_;
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

}  // namespace

std::unique_ptr<ByteStream> OpenStream(const Path& path) {
  return std::make_unique<ArchiveStream>(path);
}

std::unique_ptr<ByteStream> StreamOf(std::string_view bytes, std::string name) {
  return std::make_unique<MemoryStream>(bytes, std::move(name));
}

LineReader::LineReader(std::unique_ptr<ByteStream> stream, size_t longest)
    : stream_(std::move(stream)), longest_(longest) {}

bool LineReader::Fill() {
  if (ended_) return false;
  buffer_.erase(0, begin_);
  begin_ = 0;
  const size_t old = buffer_.size();
  if (old > longest_) {
    throw Error(ErrorCode::kInvalid,
                "the line is longer than " + std::to_string(longest_) + " bytes",
                name() + ", line " + std::to_string(line_number_ + 1),
                "Split the record, or check that the file is text with one record a line");
  }
  buffer_.resize(old + std::max<size_t>(1 << 16, old));
  const size_t got = stream_->Read(std::span(buffer_).subspan(old));
  buffer_.resize(old + got);
  ended_ = got == 0;
  const bool first = line_number_ == 0 && old == 0;
  if (first && buffer_.starts_with("\xef\xbb\xbf")) begin_ = 3;
  return !ended_;
}

bool LineReader::NextWithEnd(std::string_view& line) {
  size_t searched = 0;
  while (true) {
    const size_t end = buffer_.find('\n', begin_ + searched);
    if (end != std::string::npos) {
      line = std::string_view(buffer_).substr(begin_, end + 1 - begin_);
      break;
    }
    searched = buffer_.size() - begin_;
    if (Fill()) continue;
    if (begin_ == buffer_.size()) return false;
    line = std::string_view(buffer_).substr(begin_);
    break;
  }
  begin_ += line.size();
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
