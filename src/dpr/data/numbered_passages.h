// Passages by their number, in the order in which they were added, for what reads them in an order
// of its own (pretraining). The texts lie in a file without a name in TMPDIR; in memory are 16
// bytes a passage.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dpr/base/checksum.h"
#include "dpr/base/file.h"
#include "dpr/data/records.h"

namespace dpr {

// Filled by one caller; then, after Finish, immutable and thread-safe.
class NumberedPassages {
 public:
  NumberedPassages();

  // Of a passage its title and text are kept. Neighbours that share a title, or a page, are of one
  // article.
  void Add(const Passage& passage);
  void Finish();

  int64_t size() const { return static_cast<int64_t>(entries_.size()); }
  Passage Read(int64_t index) const;  // title and text only
  int64_t article(int64_t index) const { return entries_[static_cast<size_t>(index)].article; }
  int64_t articles() const { return articles_; }
  // Of all titles, texts and articles in their order.
  std::string content_hash() const { return hasher_.Hex(); }

 private:
  struct Entry {
    uint64_t begin;  // of the title, behind which the text follows, up to the next entry's
    uint32_t title;  // bytes
    uint32_t article;
  };
  void Flush();

  File file_;
  std::string buffer_;  // of what is not in the file yet
  uint64_t written_ = 0;
  std::vector<Entry> entries_;
  std::string last_article_;
  int64_t articles_ = 0;
  Hasher hasher_;
};

}  // namespace dpr
