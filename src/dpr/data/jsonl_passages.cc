// Passages from JSONL files: one JSON object a line. `id` or `_id` (a string or a whole number),
// `text` or Pyserini's `contents`, and `title` are the passage; every other key becomes metadata as
// it is. The keys of BEIR's nested `metadata` object are taken up beside them, under
// `metadata.KEY` where KEY is taken.
#include <simdjson.h>

#include <optional>
#include <unordered_set>

#include "dpr/data/json_line_reader.h"
#include "dpr/data/passage_readers.h"
#include "dpr/data/record_check.h"

namespace dpr {
namespace {

namespace dom = simdjson::dom;

// Collects key and value pairs as the text of a JSON object.
class MetadataBuilder {
 public:
  void Clear() {
    json_.clear();
    keys_.clear();
  }
  bool Has(std::string_view key) const { return keys_.contains(std::string(key)); }
  // False when the key is there already.
  bool Add(std::string_view key, dom::element value) {
    if (!keys_.emplace(key).second) return false;
    json_ += json_.empty() ? '{' : ',';
    json_ += JsonString(key) + ":" + simdjson::minify(value);
    return true;
  }
  std::string Json() const { return json_.empty() ? json_ : json_ + "}"; }

 private:
  std::string json_;
  std::unordered_set<std::string> keys_;
};

// The values of one record that make the passage.
struct Keys {
  std::optional<dom::element> id, underscore_id, title, text, contents, metadata;

  std::optional<dom::element>* Named(std::string_view key) {
    if (key == "id") return &id;
    if (key == "_id") return &underscore_id;
    if (key == "title") return &title;
    if (key == "text") return &text;
    if (key == "contents") return &contents;
    if (key == "metadata") return &metadata;
    return nullptr;
  }
};

class JsonlPassages : public SkippingPassageReader {
 public:
  JsonlPassages(std::unique_ptr<ByteStream> stream, bool skip_bad)
      : SkippingPassageReader(skip_bad), lines_(std::move(stream)) {}

  std::string where() const override { return lines_.where(); }

 private:
  bool Read(Passage& passage) override {
    dom::object record;
    if (!lines_.Next(record)) return false;
    metadata_.Clear();
    Keys keys;
    for (const auto [key, value] : record) {
      std::optional<dom::element>* known = keys.Named(key);
      const bool twice = known != nullptr ? known->has_value() : !metadata_.Add(key, value);
      if (twice) FailRecord("the key " + Quoted(key) + " is given twice", where());
      if (known != nullptr) *known = value;
    }
    SetIdAndTexts(keys, passage);
    if (keys.metadata) AddNested(*keys.metadata);
    passage.metadata = metadata_.Json();
    return true;
  }

  void SetIdAndTexts(const Keys& keys, Passage& passage) {
    const auto id = keys.id ? keys.id : keys.underscore_id;
    if (!id) FailRecord("the record has no `id` and no `_id`", where());
    passage.id = IdOf(*id, where());
    if (keys.id && keys.underscore_id) metadata_.Add("_id", *keys.underscore_id);
    if (!keys.text && !keys.contents) {
      FailRecord("the record has no `text` and no `contents`", where());
    }
    passage.title = keys.title ? TextOf("title", *keys.title, where()) : std::string_view();
    if (keys.text) {
      passage.text = TextOf("text", *keys.text, where());
      if (keys.contents) metadata_.Add("contents", *keys.contents);
      return;
    }
    const std::string_view contents = TextOf("contents", *keys.contents, where());
    if (keys.title) {
      passage.text = contents;
    } else {
      SplitContents(contents, passage);
    }
  }

  void AddNested(dom::element nested) {
    dom::object object;
    if (nested.get(object) != simdjson::SUCCESS) {
      if (!nested.is_null()) metadata_.Add("metadata", nested);
      return;
    }
    for (const auto [key, value] : object) {
      const std::string free_key =
          metadata_.Has(key) ? "metadata." + std::string(key) : std::string(key);
      if (!metadata_.Add(free_key, value)) {
        FailRecord("the key " + Quoted(key) + " is given twice in `metadata`", where());
      }
    }
  }

  JsonLineReader lines_;
  MetadataBuilder metadata_;
};

}  // namespace

void SplitContents(std::string_view contents, Passage& passage) {
  const size_t newline = contents.find('\n');
  const bool split = newline != std::string_view::npos;
  passage.title = split ? contents.substr(0, newline) : std::string_view();
  passage.text = split ? contents.substr(newline + 1) : contents;
}

std::unique_ptr<PassageReader> OpenJsonl(std::unique_ptr<ByteStream> stream, const SourceFile&,
                                         const SourceOptions& options) {
  return std::make_unique<JsonlPassages>(std::move(stream), options.skip_bad);
}

}  // namespace dpr
