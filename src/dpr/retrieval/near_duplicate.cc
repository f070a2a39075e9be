#include "dpr/retrieval/near_duplicate.h"

#include <algorithm>

namespace dpr {
namespace {

constexpr size_t kWords = 3;  // of a shingle

// ASCII letters and digits, and every byte of other scripts, belong to words.
bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80);
}

// FNV-1a over the bytes of a word in lower case.
uint64_t HashWord(std::string_view word) {
  uint64_t hash = 14695981039346656037u;
  for (const char c : word) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    hash = (hash ^ static_cast<unsigned char>(lower)) * 1099511628211u;
  }
  return hash;
}

std::vector<uint64_t> WordHashes(std::string_view text) {
  std::vector<uint64_t> words;
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && IsWordByte(text[end])) ++end;
    if (end > at) words.push_back(HashWord(text.substr(at, end - at)));
    at = std::max(end, at + 1);
  }
  return words;
}

}  // namespace

Shingles::Shingles(std::string_view text) {
  const std::vector<uint64_t> words = WordHashes(text);
  const size_t run = std::min(kWords, words.size());  // a shorter text is one shingle
  for (size_t i = 0; run > 0 && i + run <= words.size(); ++i) {
    uint64_t hash = 0;
    for (size_t j = 0; j < run; ++j) hash = hash * 0x9E3779B97F4A7C15u + words[i + j];
    hashes_.push_back(hash);
  }
  std::sort(hashes_.begin(), hashes_.end());
  hashes_.erase(std::unique(hashes_.begin(), hashes_.end()), hashes_.end());
}

double Shingles::Overlap(const Shingles& other) const {
  const size_t smaller = std::min(hashes_.size(), other.hashes_.size());
  if (smaller == 0) return hashes_.size() == other.hashes_.size() ? 1 : 0;
  size_t shared = 0;
  for (size_t i = 0, j = 0; i < hashes_.size() && j < other.hashes_.size();) {
    if (hashes_[i] < other.hashes_[j]) {
      ++i;
    } else if (other.hashes_[j] < hashes_[i]) {
      ++j;
    } else {
      ++shared;
      ++i;
      ++j;
    }
  }
  return static_cast<double>(shared) / static_cast<double>(smaller);
}

}  // namespace dpr
