// Streams of bytes and lines, decompressed on the way: plain, gz, xz, zst (their magic bytes
// decide, not the name). Memory is bounded by the buffers, whatever the length of the stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "dpr/base/error.h"
#include "dpr/base/file.h"

namespace dpr {

// A record is malformed, and the reader already stands behind it: catching this, counting it and
// reading on is safe. Every other Error of a reader ends its stream.
class BadRecord : public Error {
 public:
  using Error::Error;
};

// A one-way stream of bytes. Not thread-safe.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  virtual size_t Read(std::span<char> into) = 0;  // bytes read; 0 at the end; throws on damage
  virtual const std::string& name() const = 0;    // for messages: the path, or "standard input"
};

// "-" is standard input. A missing file or a folder is an Error.
std::unique_ptr<ByteStream> OpenStream(const Path& path);
// Bytes in memory (for tests and fuzzing), not decompressed. `bytes` must outlive the stream.
std::unique_ptr<ByteStream> StreamOf(std::string_view bytes, std::string name);
// Reads up to `count` bytes ahead; `stream` gives them again.
std::string PeekBeginning(std::unique_ptr<ByteStream>& stream, size_t count);

// Splits a stream into lines. "\n" and "\r\n" end a line; the last one may lack it. A UTF-8 byte
// order mark at the beginning is dropped. A line longer than `longest` bytes, its end included, is
// a BadRecord (kInvalid) that names it; the next call goes on behind it.
class LineReader {
 public:
  static constexpr size_t kLongestLine = size_t{64} << 20;
  explicit LineReader(std::unique_ptr<ByteStream> stream, size_t longest = kLongestLine);

  bool Next(std::string_view& line);  // the view is valid until the next call
  // Like Next, but the line end stays in the view: for formats whose records span lines.
  bool NextWithEnd(std::string_view& line);
  uint64_t line_number() const { return line_number_; }  // of the last line returned, from 1
  const std::string& name() const { return stream_->name(); }
  std::string where() const;  // "NAME, line N"

 private:
  bool Fill();
  void Start();
  void SkipLine();
  [[noreturn]] void FailTooLong();
  std::unique_ptr<ByteStream> stream_;
  size_t longest_;
  std::string buffer_;  // what has been read and not yet returned begins at begin_
  size_t begin_ = 0;
  bool started_ = false, ended_ = false;
  bool inside_long_line_ = false;
  uint64_t line_number_ = 0;
};

}  // namespace dpr
