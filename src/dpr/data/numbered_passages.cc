#include "dpr/data/numbered_passages.h"

#include <span>

#include "dpr/base/error.h"

namespace dpr {
namespace {

constexpr size_t kBuffer = size_t{1} << 20;
constexpr size_t kLongestTitle = size_t{1} << 16;  // bytes; the rest of a longer one is left out

// By what a passage tells of the article that it is from. Passages cut out of a document have the
// id "PAGE#N".
std::string ArticleOf(const Passage& passage) {
  if (!passage.title.empty()) return "title " + passage.title;
  const size_t number = passage.id.rfind('#');
  if (number != std::string::npos && passage.metadata.find("\"page\"") != std::string::npos) {
    return "page " + passage.id.substr(0, number);
  }
  return "";
}

}  // namespace

NumberedPassages::NumberedPassages() : file_(File::Unnamed()) {}

void NumberedPassages::Add(const Passage& passage) {
  const std::string article = ArticleOf(passage);
  if (entries_.empty() || article.empty() || article != last_article_) ++articles_;
  last_article_ = article;
  const std::string title = passage.title.substr(0, kLongestTitle);
  entries_.push_back({written_ + buffer_.size(), static_cast<uint32_t>(title.size()),
                      static_cast<uint32_t>(articles_ - 1)});
  buffer_ += title;
  buffer_ += passage.text;
  hasher_.AddField(title).AddField(passage.text).AddNumber(static_cast<uint64_t>(articles_));
  if (buffer_.size() >= kBuffer) Flush();
}

void NumberedPassages::Flush() {
  file_.Write(std::string_view(buffer_));
  written_ += buffer_.size();
  buffer_.clear();
}

void NumberedPassages::Finish() {
  Flush();
  buffer_.shrink_to_fit();
  entries_.shrink_to_fit();
}

Passage NumberedPassages::Read(int64_t index) const {
  DPR_CHECK(index >= 0 && index < size() && buffer_.empty());
  const Entry& entry = entries_[static_cast<size_t>(index)];
  const uint64_t end =
      index + 1 < size() ? entries_[static_cast<size_t>(index) + 1].begin : written_;
  std::string bytes(end - entry.begin, '\0');
  file_.ReadAt(entry.begin, std::as_writable_bytes(std::span(bytes)));
  Passage passage;
  passage.title = bytes.substr(0, entry.title);
  passage.text = bytes.substr(entry.title);
  return passage;
}

}  // namespace dpr
