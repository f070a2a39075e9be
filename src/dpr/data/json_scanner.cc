#include "dpr/data/json_scanner.h"

#include "dpr/base/error.h"

namespace dpr {
namespace {

constexpr size_t kBlock = size_t{1} << 16;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool IsSpace(int c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool EndsScalar(int c) { return c == ',' || c == ']' || c == '}' || c == ':' || IsSpace(c); }

}  // namespace

JsonScanner::JsonScanner(std::unique_ptr<ByteStream> stream, size_t largest)
    : stream_(std::move(stream)), largest_(largest) {
  if (PeekBeginning(stream_, kByteOrderMark.size()) == kByteOrderMark) {
    for (size_t i = 0; i < kByteOrderMark.size(); ++i) Get();
  }
}

bool JsonScanner::Fill() {
  consumed_ += buffer_.size();
  buffer_.resize(kBlock);
  at_ = 0;
  buffer_.resize(stream_->Read(buffer_));
  return !buffer_.empty();
}

int JsonScanner::Get() {
  if (at_ == buffer_.size() && !Fill()) return -1;
  return static_cast<unsigned char>(buffer_[at_++]);
}

char JsonScanner::Peek() {
  int c;
  while (IsSpace(c = Get())) {
  }
  if (c < 0) return 0;
  --at_;
  return static_cast<char>(c);
}

bool JsonScanner::Take(char c) {
  if (Peek() != c) return false;
  ++at_;
  return true;
}

void JsonScanner::Expect(char c) {
  const char next = Peek();
  if (next == c) {
    ++at_;
    return;
  }
  throw Error(ErrorCode::kInvalid,
              std::string("malformed JSON: `") + c + "` was expected" +
                  (next == 0 ? ", the file ends" : std::string(", not `") + next + "`"),
              where(), "The file may be cut short");
}

std::string JsonScanner::where() const {
  return name() + ", byte " + std::to_string(consumed_ + at_);
}

void JsonScanner::FailAtEnd() const {
  throw Error(ErrorCode::kInvalid, "malformed JSON: the file ends inside a value", where(),
              "The file may be cut short");
}

template <typename Sink>
void JsonScanner::WalkScalar(Sink sink) {
  for (int c; (c = Get()) >= 0; sink(static_cast<char>(c))) {
    if (EndsScalar(c)) {
      --at_;
      return;
    }
  }
}

// A string, an array or an object.
template <typename Sink>
void JsonScanner::WalkEnclosed(Sink sink) {
  bool in_string = false;
  uint64_t depth = 0;
  do {
    int c = Get();
    if (c == '"') {
      in_string = !in_string;
    } else if (in_string && c == '\\') {
      sink('\\');
      c = Get();
    } else if (!in_string && (c == '{' || c == '[')) {
      ++depth;
    } else if (!in_string && (c == '}' || c == ']')) {
      --depth;
    }
    if (c < 0) FailAtEnd();
    sink(static_cast<char>(c));
  } while (in_string || depth > 0);
}

template <typename Sink>
void JsonScanner::Walk(Sink sink) {
  const char first = Peek();
  if (first == '{' || first == '[' || first == '"') {
    WalkEnclosed(sink);
  } else {
    WalkScalar(sink);
  }
}

std::string_view JsonScanner::Value() {
  value_.clear();
  Walk([this](char c) {
    if (value_.size() == largest_) {
      throw Error(ErrorCode::kInvalid,
                  "a value is larger than " + std::to_string(largest_) + " bytes", where(),
                  "Split it, or write one record a line (.jsonl)");
    }
    value_ += c;
  });
  return value_;
}

void JsonScanner::SkipValue() {
  Walk([](char) {});
}

}  // namespace dpr
