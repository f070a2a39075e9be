// Walks over one large JSON document in pieces: its outer structure by hand, its values as raw
// text for a real parser. Memory is bounded by the largest value that is taken.
//
// The scanner finds where a value ends (quotes, escapes, the depth of brackets) and judges nothing
// else: what Value() returns is for a parser to judge; what SkipValue() passes over is not judged.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "dpr/base/stream.h"

namespace dpr {

// Not thread-safe.
class JsonScanner {
 public:
  static constexpr size_t kLargestValue = size_t{64} << 20;

  explicit JsonScanner(std::unique_ptr<ByteStream> stream, size_t largest = kLargestValue);

  char Peek();          // the next byte that is not white space; 0 at the end
  bool Take(char c);    // steps over `c`, if that is next
  void Expect(char c);  // kInvalid when something else is next
  // The next value's text, until the next call. kInvalid when it is larger than `largest` bytes or
  // the document ends in it.
  std::string_view Value();
  void SkipValue();
  uint64_t offset() const { return consumed_ + at_; }  // of the next byte in the stream
  std::string where() const;                           // "NAME, byte N", of the next byte
  const std::string& name() const { return stream_->name(); }

 private:
  bool Fill();
  int Get();  // -1 at the end
  [[noreturn]] void FailAtEnd() const;
  template <typename Sink>
  void WalkScalar(Sink sink);
  template <typename Sink>
  void WalkEnclosed(Sink sink);
  template <typename Sink>
  void Walk(Sink sink);

  std::unique_ptr<ByteStream> stream_;
  const size_t largest_;
  std::string buffer_, value_;
  size_t at_ = 0;
  uint64_t consumed_ = 0;  // bytes before the buffer
};

}  // namespace dpr
