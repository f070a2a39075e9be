#include "dpr/text/bert_normalizer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/utf8.h"
#include "dpr/text/bert_characters.h"

namespace dpr {
namespace {

constexpr uint64_t kOnes = 0x0101010101010101;
constexpr uint64_t kHighBits = 0x80 * kOnes;

// Are all eight bytes from 0x20 to 0x7E?
bool IsPrintableAscii(uint64_t bytes) {
  return ((bytes | ((bytes - 0x20 * kOnes) & ~bytes) | (bytes + kOnes)) & kHighBits) == 0;
}

// Lower-cases eight ASCII bytes: sets bit 5 of those from 'A' to 'Z'.
uint64_t LowerAscii(uint64_t bytes) {
  const uint64_t from_a = bytes + (0x80 - 'A') * kOnes;
  const uint64_t beyond_z = bytes + (0x7F - 'Z') * kOnes;
  return bytes | (((from_a ^ beyond_z) & kHighBits) >> 2);
}

// Copies the printable ASCII that `text` has at `at`, in steps of eight bytes.
void CopyAsciiBlocks(std::string_view text, bool lower_case, size_t& at, char*& out) {
  while (at + sizeof(uint64_t) <= text.size()) {
    uint64_t bytes;
    std::memcpy(&bytes, text.data() + at, sizeof(bytes));
    if (!IsPrintableAscii(bytes)) return;
    if (lower_case) bytes = LowerAscii(bytes);
    std::memcpy(out, &bytes, sizeof(bytes));
    at += sizeof(bytes);
    out += sizeof(bytes);
  }
}

// Sorts the marks from `begin` to `end` stably by combining class.
void SortMarks(char* begin, char* end) {
  const std::string_view marks(begin, static_cast<size_t>(end - begin));
  std::vector<std::pair<int, char32_t>> by_class;
  for (size_t at = 0; at < marks.size();) {
    const char32_t mark = NextCodePoint(marks, at);
    by_class.emplace_back(bert_characters::CombiningClass(mark), mark);
  }
  std::stable_sort(by_class.begin(), by_class.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string sorted;
  for (const auto& [combining_class, mark] : by_class) AppendUtf8(mark, sorted);
  std::copy(sorted.begin(), sorted.end(), begin);
}

}  // namespace

// What has been written, and where its last run of combining marks begins.
class BertNormalizer::Output {
 public:
  explicit Output(char* begin) : begin_(begin), end_(begin), run_(begin) {}

  char*& end() { return end_; }
  size_t size() const { return static_cast<size_t>(end_ - begin_); }

  void Append(const Mapping& mapping) {
    if (mapping.kind == Kind::kVanished) return;
    if (mapping.kind == Kind::kCombining) {
      AppendMarks(std::string_view(mapping.bytes.data(), mapping.size));
      return;
    }
    EndRun();
    std::memcpy(end_, mapping.bytes.data(), mapping.size);
    end_ += mapping.size;
  }
  // What is appended next stands behind a base.
  void EndRun() {
    if (has_marks_) SortMarks(run_, end_);
    has_marks_ = false;
  }

 private:
  void AppendMarks(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
      const size_t begin = at;
      const bool is_mark = bert_characters::CombiningClass(NextCodePoint(text, at)) != 0;
      if (!is_mark) EndRun();
      if (is_mark && !has_marks_) run_ = end_;
      has_marks_ = is_mark;
      end_ = std::copy(text.begin() + begin, text.begin() + at, end_);
    }
  }

  char* begin_;
  char* end_;
  char* run_;  // valid while has_marks_
  bool has_marks_ = false;
};

BertNormalizer::BertNormalizer(const WordPieceOptions& options) : options_(options) {
  table_.reserve(kTabulated);
  for (char32_t c = 0; c < kTabulated; ++c) {
    table_.push_back(Map(c));
    if (c < ascii_.size()) ascii_[c] = table_[c].bytes[0];
  }
}

std::u32string BertNormalizer::MapCodePoints(char32_t c, bool& vanished) const {
  std::u32string mapped;
  vanished = bert_characters::IsRemoved(c);
  if (vanished) return mapped;
  if (bert_characters::IsWhiteSpace(c)) return U" ";
  std::u32string decomposition;
  if (options_.strips_accents()) {
    bert_characters::AppendDecomposition(c, decomposition);
    vanished = true;  // until a base or a mark that stays is seen
    for (const char32_t part : decomposition) {
      const bool stripped = bert_characters::IsNonspacingMark(part);
      if (!stripped || bert_characters::CombiningClass(part) == 0) vanished = false;
      if (!stripped) mapped.push_back(part);
    }
    decomposition = std::exchange(mapped, {});
  } else {
    decomposition.push_back(c);
  }
  for (const char32_t part : decomposition) {
    if (options_.lower_case) {
      bert_characters::AppendLowerCase(part, mapped);
    } else {
      mapped.push_back(part);
    }
  }
  if (options_.tokenize_chinese_chars && bert_characters::IsChinese(c)) {
    mapped.insert(mapped.begin(), U' ');
    mapped.push_back(U' ');
  }
  return mapped;
}

BertNormalizer::Mapping BertNormalizer::Map(char32_t c) const {
  bool vanished = false;
  const std::u32string mapped = MapCodePoints(c, vanished);
  std::string bytes;
  Mapping mapping;
  mapping.kind = vanished ? Kind::kVanished : Kind::kBase;
  for (const char32_t part : mapped) {
    AppendUtf8(part, bytes);
    if (options_.strips_accents() && bert_characters::CombiningClass(part) != 0) {
      mapping.kind = Kind::kCombining;
    }
  }
  DPR_CHECK(bytes.size() <= mapping.bytes.size());
  std::copy(bytes.begin(), bytes.end(), mapping.bytes.begin());
  mapping.size = static_cast<uint8_t>(bytes.size());
  mapping.punctuation = bert_characters::IsPunctuation(c);
  return mapping;
}

bool BertNormalizer::IsUntabulatedPunctuation(char32_t c) {
  return !bert_characters::IsChinese(c) && bert_characters::IsPunctuation(c);
}

size_t BertNormalizer::Normalize(std::string_view text, char* out) const {
  Output output(out);
  for (size_t at = 0; at < text.size();) {
    const unsigned char byte = static_cast<unsigned char>(text[at]);
    if (byte >= 0x80) {
      const char32_t c = NextCodePoint(text, at);
      output.Append(c < kTabulated ? table_[c] : Map(c));
      continue;
    }
    ++at;
    if (ascii_[byte] == 0) continue;
    output.EndRun();
    *output.end()++ = ascii_[byte];
    CopyAsciiBlocks(text, options_.lower_case, at, output.end());
  }
  output.EndRun();
  return output.size();
}

std::string BertNormalizer::Normalize(std::string_view text) const {
  std::string normalized(Capacity(text.size()), '\0');
  normalized.resize(Normalize(text, normalized.data()));
  return normalized;
}

}  // namespace dpr
