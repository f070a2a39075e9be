// Passages from SQuAD JSON, versions 1.1 and 2.0: {"data": [{"title": ..., "paragraphs":
// [{"context": ..., "qas": ...}, ...]}, ...], "version": ...}. Each paragraph's context is a
// passage with the id TITLE#N, where N counts the paragraphs under that title from 1. In the
// passage's title
// "_" becomes " ", as SQuAD's titles are those of Wikipedia's addresses.
//
// The document is walked over article by article, so that memory is bounded by the largest one.
#include <simdjson.h>

#include <algorithm>
#include <unordered_map>

#include "dpr/data/json_line_reader.h"
#include "dpr/data/json_scanner.h"
#include "dpr/data/passage_readers.h"
#include "dpr/data/record_check.h"

namespace dpr {
namespace {

namespace dom = simdjson::dom;

class SquadPassages : public SkippingPassageReader {
 public:
  SquadPassages(std::unique_ptr<ByteStream> stream, bool skip_bad)
      : SkippingPassageReader(skip_bad), scanner_(std::move(stream)) {
    scanner_.Expect('{');
    if (!FindKey("data")) {
      throw Error(ErrorCode::kInvalid, "the JSON document has no array `data`: it is not SQuAD's",
                  scanner_.name(), "Passages as JSON are written one object a line (.jsonl)");
    }
    scanner_.Expect('[');
  }

  std::string where() const override {
    return scanner_.name() + ", article " + std::to_string(article_) +
           (title_.empty() ? "" : " (" + title_ + ")") + ", paragraph " +
           std::to_string(paragraph_);
  }

 private:
  // Steps to the value of a key of the outer object; over the object's end when it has none.
  bool FindKey(std::string_view wanted) {
    if (scanner_.Take('}')) return false;
    do {
      const bool found = Unquoted(scanner_.Value()) == wanted;
      scanner_.Expect(':');
      if (found) return true;
      scanner_.SkipValue();
    } while (scanner_.Take(','));
    scanner_.Expect('}');
    return false;
  }

  static std::string_view Unquoted(std::string_view key) {
    return key.size() >= 2 ? key.substr(1, key.size() - 2) : key;
  }

  bool Read(Passage& passage) override {
    while (at_ == end_) {
      if (!NextArticle()) return false;
    }
    ++paragraph_;
    dom::element context;
    const auto error = (*at_)["context"].get(context);
    ++at_;
    if (error != simdjson::SUCCESS) FailRecord("the paragraph has no `context`", where());
    passage.text = TextOf("context", context, where());
    passage.title = title_;
    std::replace(passage.title.begin(), passage.title.end(), '_', ' ');
    passage.id =
        (title_.empty() ? "untitled" : title_) + "#" + std::to_string(++paragraphs_[title_]);
    passage.metadata.clear();
    return true;
  }

  bool NextArticle() {
    if (ended_) return false;
    const bool more = article_ == 0 ? scanner_.Peek() != ']' : scanner_.Take(',');
    if (!more) {
      End();
      return false;
    }
    ++article_;
    paragraph_ = 0;
    title_.clear();
    const std::string_view text = scanner_.Value();
    dom::element article;
    const auto error = parser_.parse(text.data(), text.size()).get(article);
    if (error != simdjson::SUCCESS) {
      if (!IsUtf8(text)) FailUtf8(where());
      FailRecord(std::string("the article is malformed: ") + simdjson::error_message(error),
                 where());
    }
    dom::element title;
    if (article["title"].get(title) == simdjson::SUCCESS) {
      title_ = TextOf("title", title, where());
    }
    if (title_.find('\0') != std::string::npos)
      FailRecord("the title holds a NUL character", where());
    dom::array paragraphs;
    if (article["paragraphs"].get(paragraphs) != simdjson::SUCCESS) {
      FailRecord("the article has no array `paragraphs`", where());
    }
    at_ = paragraphs.begin();
    end_ = paragraphs.end();
    return true;
  }

  // What follows the array is looked at, so that a file cut short is noticed.
  void End() {
    ended_ = true;
    scanner_.Expect(']');
    if (scanner_.Take(',')) {
      if (FindKey("data")) {
        throw Error(ErrorCode::kInvalid, "the key `data` is given twice", scanner_.where(),
                    "Join the two arrays, or write them to two files");
      }
    } else {
      scanner_.Expect('}');
    }
    if (scanner_.Peek() != 0) {
      throw Error(ErrorCode::kInvalid, "more follows the end of the JSON document",
                  scanner_.where(), "One document makes a file: write the rest to another");
    }
  }

  JsonScanner scanner_;
  simdjson::dom::parser parser_;
  dom::array::iterator at_, end_;  // the article's paragraphs that are left
  std::string title_;
  uint64_t article_ = 0, paragraph_ = 0;
  bool ended_ = false;
  std::unordered_map<std::string, uint64_t> paragraphs_;  // by title: how many so far
};

}  // namespace

std::unique_ptr<PassageReader> OpenSquad(std::unique_ptr<ByteStream> stream, const SourceFile&,
                                         const SourceOptions& options) {
  return std::make_unique<SquadPassages>(std::move(stream), options.skip_bad);
}

}  // namespace dpr
