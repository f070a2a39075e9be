#include "dpr/text/sentence_splitter.h"

#include <unicode/brkiter.h>
#include <unicode/utext.h>

#include "dpr/base/error.h"
#include "dpr/base/utf8.h"
#include "dpr/text/bert_characters.h"

namespace dpr {
namespace {

std::string_view Trimmed(std::string_view text) {
  size_t begin = 0, end = 0;
  bool any = false;
  for (size_t at = 0; at < text.size();) {
    const size_t here = at;
    if (bert_characters::IsWhiteSpace(NextCodePoint(text, at))) continue;
    if (!any) begin = here;
    any = true;
    end = at;
  }
  return text.substr(begin, end - begin);
}

}  // namespace

struct SentenceSplitter::Rules {
  std::unique_ptr<icu::BreakIterator> iterator;
  UText text = UTEXT_INITIALIZER;

  Rules() {
    UErrorCode status = U_ZERO_ERROR;
    iterator.reset(icu::BreakIterator::createSentenceInstance(icu::Locale::getEnglish(), status));
    DPR_CHECK(U_SUCCESS(status));
  }
  ~Rules() { utext_close(&text); }
  Rules(const Rules&) = delete;
  Rules& operator=(const Rules&) = delete;
};

SentenceSplitter::SentenceSplitter() : rules_(std::make_unique<Rules>()) {}
SentenceSplitter::SentenceSplitter(SentenceSplitter&&) noexcept = default;
SentenceSplitter& SentenceSplitter::operator=(SentenceSplitter&&) noexcept = default;
SentenceSplitter::~SentenceSplitter() = default;

std::vector<std::string_view> SentenceSplitter::Split(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  utext_openUTF8(&rules_->text, text.data(), static_cast<int64_t>(text.size()), &status);
  rules_->iterator->setText(&rules_->text, status);
  DPR_CHECK(U_SUCCESS(status));
  std::vector<std::string_view> sentences;
  int32_t begin = rules_->iterator->first();
  for (int32_t end = rules_->iterator->next(); end != icu::BreakIterator::DONE;
       begin = end, end = rules_->iterator->next()) {
    const std::string_view sentence =
        Trimmed(text.substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin)));
    if (!sentence.empty()) sentences.push_back(sentence);
  }
  return sentences;
}

}  // namespace dpr
