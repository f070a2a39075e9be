#include "dpr/data/training_squad_index.h"

#include <simdjson.h>

#include <algorithm>
#include <unordered_map>

#include "dpr/base/error.h"
#include "dpr/data/json_scanner.h"

namespace dpr {
namespace {

// A JSON text between its quotes, without escapes undone: for names, which have none.
std::string_view Unquoted(std::string_view text) {
  return text.size() >= 2 ? text.substr(1, text.size() - 2) : text;
}

class SquadWalk {
 public:
  explicit SquadWalk(const TrainingInput& input)
      : input_(input),
        scanner_(StreamOf(input.content.text(), input.content.name()), kLargestTrainingExample),
        progress_(input) {}

  SquadIndex Run() {
    bool has_data = false;
    WalkObject([&](std::string_view name) {
      if (name != "data") return scanner_.SkipValue();
      RequireFirst(has_data, "data");
      WalkArray([&] { WalkArticle(); });
    });
    if (scanner_.Peek() != 0) Fail("more follows the end of the JSON document");
    progress_.At(input_.content.text().size());
    return std::move(index_);
  }

 private:
  [[noreturn]] void Fail(const std::string& problem) const {
    throw Error(ErrorCode::kInvalid, problem, scanner_.where());
  }

  void RequireFirst(bool& was_there, const std::string& name) const {
    if (was_there) Fail("`" + name + "` is given twice");
    was_there = true;
  }

  // visit(name), which must take the value.
  template <typename Visit>
  void WalkObject(Visit visit) {
    scanner_.Expect('{');
    if (scanner_.Take('}')) return;
    do {
      const std::string name(Unquoted(scanner_.Value()));
      scanner_.Expect(':');
      visit(std::string_view(name));
    } while (scanner_.Take(','));
    scanner_.Expect('}');
  }

  template <typename Visit>
  void WalkArray(Visit visit) {
    scanner_.Expect('[');
    if (scanner_.Take(']')) return;
    do {
      visit();
    } while (scanner_.Take(','));
    scanner_.Expect(']');
  }

  TrainingRecord WalkValue(uint64_t number) {
    scanner_.Peek();
    const std::string where = scanner_.where();
    const uint64_t begin = scanner_.offset();
    scanner_.SkipValue();
    return MakeTrainingRecord(begin, scanner_.offset(), number, where);
  }

  void WalkArticle() {
    const size_t first = index_.paragraphs.size();
    std::string title;
    bool has_title = false, has_paragraphs = false;
    WalkObject([&](std::string_view name) {
      if (name == "title") {
        RequireFirst(has_title, "title");
        title = ReadTitle();
      } else if (name == "paragraphs") {
        RequireFirst(has_paragraphs, "paragraphs");
        WalkArray([&] { WalkParagraph(); });
      } else {
        scanner_.SkipValue();
      }
    });
    if (!has_paragraphs) Fail("the article before here has no `paragraphs`");
    uint32_t& number = paragraphs_under_[title];
    for (size_t i = first; i < index_.paragraphs.size(); ++i) {
      index_.paragraphs[i].context.number = ++number;
    }
    index_.titles.push_back(std::move(title));
    progress_.At(scanner_.offset());
  }

  std::string ReadTitle() {
    const std::string_view json = scanner_.Value();
    simdjson::dom::parser parser;
    simdjson::dom::element value;
    std::string_view title;
    if (parser.parse(json.data(), json.size()).get(value) != simdjson::SUCCESS ||
        (!value.is_null() && value.get(title) != simdjson::SUCCESS)) {
      Fail("the `title` before here is not a text");
    }
    return std::string(title);
  }

  void WalkParagraph() {
    SquadParagraph paragraph;
    paragraph.article = static_cast<uint32_t>(index_.titles.size());
    bool has_context = false, has_questions = false;
    WalkObject([&](std::string_view name) {
      if (name == "context") {
        RequireFirst(has_context, "context");
        paragraph.context = WalkValue(0);
      } else if (name == "qas") {
        RequireFirst(has_questions, "qas");
        WalkArray([&] { index_.questions.push_back(WalkValue(index_.questions.size() + 1)); });
      } else {
        scanner_.SkipValue();
      }
    });
    if (!has_context) Fail("the paragraph before here has no `context`");
    paragraph.question_end = static_cast<uint32_t>(index_.questions.size() + 1);
    index_.paragraphs.push_back(paragraph);
  }

  const TrainingInput& input_;
  JsonScanner scanner_;
  TrainingWalk progress_;
  SquadIndex index_;
  std::unordered_map<std::string, uint32_t> paragraphs_under_;  // a title
};

}  // namespace

const SquadParagraph& SquadIndex::ParagraphOf(const TrainingRecord& question) const {
  const auto found = std::upper_bound(
      paragraphs.begin(), paragraphs.end(), question.number,
      [](uint32_t number, const SquadParagraph& p) { return number < p.question_end; });
  DPR_CHECK(found != paragraphs.end());
  return *found;
}

SquadIndex IndexSquad(const TrainingInput& input) { return SquadWalk(input).Run(); }

}  // namespace dpr
