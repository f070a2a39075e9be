#include "dpr/data/field_scanner.h"

#include <algorithm>

namespace dpr {
namespace {

std::string_view WithoutLineEnd(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

void FieldScanner::Reset() {
  fields_.clear();
  field_ = {};
  at_ = 0;
  inside_quotes_ = false;
}

bool FieldScanner::FindClosingQuote(std::string_view text) {
  while (true) {
    const size_t quote = text.find('"', at_);
    if (quote == std::string_view::npos) {
      at_ = text.size();
      return false;
    }
    const bool doubled = quote + 1 < text.size() && text[quote + 1] == '"';
    at_ = quote + (doubled ? 2 : 1);
    if (!doubled) {
      field_.closing_quote = quote;
      return true;
    }
    field_.doubled_quotes = true;
  }
}

FieldScanner::Result FieldScanner::Scan(std::string_view text) {
  const std::string_view content = WithoutLineEnd(text);
  while (true) {
    if (!inside_quotes_) {
      field_ = {.begin = at_};
      inside_quotes_ = at_ < content.size() && content[at_] == '"';
      if (inside_quotes_) ++at_;
    }
    if (inside_quotes_) {
      if (!FindClosingQuote(text)) return Result::kOpenQuote;
      inside_quotes_ = false;
    }
    field_.end = std::min(content.find(delimiter_, at_), content.size());
    if (field_.end > at_ && field_.closing_quote != 0 &&
        text.substr(field_.begin, at_ - field_.begin).find('\n') != std::string_view::npos) {
      return Result::kTextBehindQuote;
    }
    if (fields_.size() == kMostFields) return Result::kTooManyFields;
    fields_.push_back(field_);
    if (field_.end == content.size()) return Result::kComplete;
    at_ = field_.end + 1;
  }
}

std::string_view FieldScanner::Unquoted(std::string_view text, const Field& field) {
  const std::string_view inside =
      text.substr(field.begin + 1, field.closing_quote - field.begin - 1);
  const std::string_view behind =
      text.substr(field.closing_quote + 1, field.end - field.closing_quote - 1);
  if (!field.doubled_quotes && behind.empty()) return inside;
  const size_t begin = unquoted_.size();
  for (size_t at = 0; at < inside.size();) {
    const size_t quote = inside.find('"', at);
    const size_t end = quote == std::string_view::npos ? inside.size() : quote + 1;
    unquoted_.append(inside, at, end - at);
    at = end + 1;  // the second quote of the two
  }
  unquoted_.append(behind);
  return std::string_view(unquoted_).substr(begin);
}

void FieldScanner::Get(std::string_view text, std::vector<std::string_view>& fields) {
  unquoted_.clear();
  unquoted_.reserve(text.size());  // no view into it moves
  fields.clear();
  for (const Field& field : fields_) {
    fields.push_back(field.closing_quote == 0 ? text.substr(field.begin, field.end - field.begin)
                                              : Unquoted(text, field));
  }
}

}  // namespace dpr
