// Passages from TSV and CSV files: the first record names the columns. `id` or `_id`, `text` or
// `contents`, and `title` are the passage, whatever their order and case; every other column
// becomes a string in the metadata. DPR's psgs_w100.tsv is such a file. A record equal to the first
// one is passed over, so that files can be joined with `cat`.
#include <algorithm>
#include <optional>
#include <unordered_set>

#include "dpr/data/delimited_reader.h"
#include "dpr/data/passage_readers.h"
#include "dpr/data/record_check.h"

namespace dpr {
namespace {

// The name as it is compared: without space around it, in lower case.
std::string Normalized(std::string_view name) {
  while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
  while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// Which column is what.
class Columns {
 public:
  // Throws what is wrong with the first line, which concerns the whole file: no BadRecord.
  explicit Columns(DelimitedReader& reader) {
    std::vector<std::string_view> fields;
    try {
      reader.Next(fields);
    } catch (const BadRecord& error) {
      throw Error(error.code(), error.problem(), error.where(), error.hint());
    }
    header_.assign(fields.begin(), fields.end());
    Assign(reader.where());
  }

  size_t size() const { return header_.size(); }

  bool IsHeader(const std::vector<std::string_view>& fields) const {
    return std::equal(fields.begin(), fields.end(), header_.begin(), header_.end());
  }

  std::string_view Id(const std::vector<std::string_view>& fields) const { return fields[*id_]; }

  void Set(const std::vector<std::string_view>& fields, Passage& passage) const {
    passage.id = fields[*id_];
    passage.title = title_ ? fields[*title_] : std::string_view();
    if (contents_) {
      SplitContents(fields[*text_], passage);
    } else {
      passage.text = fields[*text_];
    }
    passage.metadata.clear();
    for (size_t i = 0; i < fields.size(); ++i) {
      if (metadata_keys_[i].empty()) continue;
      passage.metadata += passage.metadata.empty() ? '{' : ',';
      passage.metadata += metadata_keys_[i] + JsonString(fields[i]);
    }
    if (!passage.metadata.empty()) passage.metadata += '}';
  }

 private:
  void Assign(const std::string& where) {
    id_ = Find({"id", "_id"});
    title_ = Find({"title"});
    text_ = Find({"text", "contents"});
    if (!id_ || !text_) {
      throw Error(ErrorCode::kInvalid,
                  "the first line must name a column `id` and a column `text`; it names " +
                      QuotedList(header_),
                  where, "Add a first line with the names of the columns, such as id, text, title");
    }
    contents_ = Normalized(header_[*text_]) == "contents" && !title_;
    std::unordered_set<std::string> names;
    for (size_t i = 0; i < header_.size(); ++i) {
      std::string name = header_[i].empty() ? "column_" + std::to_string(i + 1) : header_[i];
      if (!names.insert(name).second) {
        throw Error(ErrorCode::kInvalid, "two columns are called " + Quoted(name), where,
                    "Rename one of them in the first line");
      }
      const bool other = i != id_ && i != text_ && i != title_;
      metadata_keys_.push_back(other ? JsonString(name) + ":" : "");
    }
  }

  // The first of `names` that the header has.
  std::optional<size_t> Find(std::initializer_list<std::string_view> names) const {
    for (const std::string_view name : names) {
      for (size_t i = 0; i < header_.size(); ++i) {
        if (Normalized(header_[i]) == name) return i;
      }
    }
    return std::nullopt;
  }

  std::vector<std::string> header_;
  std::optional<size_t> id_, title_, text_;
  bool contents_ = false;                   // may the text's first line be the title?
  std::vector<std::string> metadata_keys_;  // `"name":`, empty for the passage's own columns
};

class DelimitedPassages : public SkippingPassageReader {
 public:
  DelimitedPassages(std::unique_ptr<ByteStream> stream, char delimiter, bool skip_bad)
      : SkippingPassageReader(skip_bad), reader_(std::move(stream), delimiter), columns_(reader_) {}

  std::string where() const override { return reader_.where(); }

 private:
  bool Read(Passage& passage) override {
    do {
      if (!reader_.Next(fields_)) return false;
    } while (columns_.IsHeader(fields_));
    if (fields_.size() != columns_.size()) {
      FailRecord("the record has " + std::to_string(fields_.size()) + " fields, the first line " +
                     std::to_string(columns_.size()),
                 where(), "A field that holds the delimiter or a line end must be quoted");
    }
    if (const char* problem = ProblemOfId(columns_.Id(fields_))) FailRecord(problem, where());
    columns_.Set(fields_, passage);
    return true;
  }

  DelimitedReader reader_;
  std::vector<std::string_view> fields_;
  Columns columns_;
};

}  // namespace

std::unique_ptr<PassageReader> OpenTsv(std::unique_ptr<ByteStream> stream, const SourceFile&,
                                       const SourceOptions& options) {
  return std::make_unique<DelimitedPassages>(std::move(stream), '\t', options.skip_bad);
}

std::unique_ptr<PassageReader> OpenCsv(std::unique_ptr<ByteStream> stream, const SourceFile&,
                                       const SourceOptions& options) {
  return std::make_unique<DelimitedPassages>(std::move(stream), ',', options.skip_bad);
}

}  // namespace dpr
