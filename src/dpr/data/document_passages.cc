// Passages of one document: its text split into passages under its title, with the page and the
// number in their ids and metadata.
#include <vector>

#include "dpr/data/document.h"
#include "dpr/data/passage_readers.h"
#include "dpr/data/record_check.h"
#include "dpr/data/source_format.h"

namespace dpr {
namespace {

constexpr size_t kLargestDocument = size_t{64} << 20;

// The whole document, without a byte order mark.
std::string ReadAll(ByteStream& stream) {
  constexpr size_t kBlock = size_t{1} << 16;
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  std::string content;
  while (true) {
    const size_t old = content.size();
    if (old > kLargestDocument) {
      FailRecord("the document is larger than " + std::to_string(kLargestDocument) + " bytes",
                 stream.name(), "Split it");
    }
    content.resize(old + kBlock);
    const size_t got = stream.Read(std::span(content).subspan(old));
    content.resize(old + got);
    if (got == 0) break;
  }
  if (content.starts_with(kByteOrderMark)) content.erase(0, kByteOrderMark.size());
  return content;
}

// The line on which the first ill-formed bytes stand; a line end is never inside a character.
size_t FirstLineThatIsNotUtf8(std::string_view text) {
  size_t line = 1;
  while (IsUtf8(text.substr(0, text.find('\n')))) {
    text.remove_prefix(text.find('\n') + 1);
    ++line;
  }
  return line;
}

class DocumentPassages : public SkippingPassageReader {
 public:
  DocumentPassages(std::unique_ptr<ByteStream> stream, const SourceFile& file,
                   const SourceOptions& options)
      : SkippingPassageReader(options.skip_bad),
        stream_(std::move(stream)),
        file_(file),
        split_(options.split) {}

  std::string where() const override {
    return stream_->name() + ", passage " + std::to_string(next_);
  }

 private:
  bool Read(Passage& passage) override {
    if (!loaded_) Load();
    if (next_ == texts_.size()) return false;
    passage.title = title_;
    passage.text = std::move(texts_[next_++]);
    const std::string number = std::to_string(next_);
    passage.id = file_.page + "#" + number;
    passage.metadata = "{\"page\":" + JsonString(file_.page) + ",\"passage\":" + number + "}";
    return true;
  }

  void Load() {
    loaded_ = true;
    const std::string content = ReadAll(*stream_);
    if (!IsUtf8(content)) {
      FailUtf8(stream_->name() + ", line " + std::to_string(FirstLineThatIsNotUtf8(content)));
    }
    if (content.find('\0') != std::string::npos) {
      FailRecord("the file holds NUL bytes: it is not text", stream_->name());
    }
    Document document = Parse(content);
    title_ = std::move(document.title);
    if (title_.empty() && file_.key != "-") {  // standard input has no name
      title_ = Path(NameWithoutCompression(file_.page)).stem().string();
    }
    texts_ = SplitIntoPassages(document.text, split_);
    if (texts_.empty() && file_.folder.empty()) {
      FailRecord("the document holds no words", stream_->name());
    }
  }

  Document Parse(const std::string& content) const {
    if (file_.format == SourceFormat::kMarkdown) return ParseMarkdown(content);
    if (file_.format != SourceFormat::kHtml) return {{}, content};
    try {
      return ParseHtml(content);
    } catch (const Error& error) {
      FailRecord(error.problem(), stream_->name());
    }
  }

  std::unique_ptr<ByteStream> stream_;
  const SourceFile file_;
  const SplitOptions split_;
  bool loaded_ = false;
  std::string title_;
  std::vector<std::string> texts_;
  size_t next_ = 0;
};

}  // namespace

std::unique_ptr<PassageReader> OpenDocument(std::unique_ptr<ByteStream> stream,
                                            const SourceFile& file, const SourceOptions& options) {
  return std::make_unique<DocumentPassages>(std::move(stream), file, options);
}

}  // namespace dpr
