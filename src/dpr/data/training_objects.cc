// Training examples as JSON objects: the elements of an array, or one a line.
#include <fmt/format.h>
#include <simdjson.h>

#include "dpr/base/error.h"
#include "dpr/data/json_scanner.h"
#include "dpr/data/record_check.h"
#include "dpr/data/training_format.h"
#include "dpr/data/training_layout.h"

namespace dpr {
namespace {

namespace dom = simdjson::dom;

class TrainingObjects : public TrainingFormat {
 public:
  TrainingObjects(const TrainingInput& input, const char* container, const char* unit)
      : content_(input.content), corpus_(input.corpus), unit_(unit) {
    name_ = container;
  }

  TrainingExample Parse(const TrainingRecord& record) const override {
    const std::string where = Where(record);
    const TrainingMembers members = MembersOf(record, where);
    RequireLayout(members, where);
    TrainingExample example = layout_->parse(members, corpus_, where);
    if (example.question.id.empty()) example.question.id = std::to_string(record.number);
    return example;
  }

  std::string Where(const TrainingRecord& record) const override { return Place(record.number); }

 protected:
  std::string Place(uint64_t number) const {
    return fmt::format("{}, {} {}", content_.name(), unit_, number);
  }
  void Add(uint64_t begin, uint64_t end, uint64_t number) {
    records_.push_back(MakeTrainingRecord(begin, end, number, Place(number)));
  }
  // The first example shows the layout of all.
  void FindLayout() {
    if (records_.empty()) return;
    const std::string where = Where(records_[0]);
    layout_ = &LayoutOf(MembersOf(records_[0], where), where);
    name_ = fmt::format("{}, {}", layout_->name, name_);
  }

 private:
  // Valid until this thread parses again.
  TrainingMembers MembersOf(const TrainingRecord& record, const std::string& where) const {
    const dom::element value = ParseTrainingJson(TrainingParser(), content_, record, where);
    dom::object object;
    if (value.get(object) != simdjson::SUCCESS) {
      FailExample("it is JSON, but not an object", where);
    }
    return TrainingMembers(object, where);
  }

  void RequireLayout(const TrainingMembers& members, const std::string& where) const {
    for (const auto& [name, value] : members.all()) {
      for (const std::string_view mark : layout_->marks) {
        if (name == mark) return;
      }
    }
    FailExample("the example has no " + Quoted(layout_->marks.front()) + ", as the first one has",
                where);
  }

  const TrainingContent& content_;
  const TrainingCorpus* corpus_;
  const char* unit_;
  const TrainingLayout* layout_ = nullptr;
};

class TrainingArray : public TrainingObjects {
 public:
  explicit TrainingArray(const TrainingInput& input) : TrainingObjects(input, "JSON", "example") {
    const TrainingContent& content = input.content;
    JsonScanner scanner(StreamOf(content.text(), content.name()), kLargestTrainingExample);
    TrainingWalk walk(input);
    scanner.Expect('[');
    if (scanner.Peek() != ']') {
      do {
        scanner.Peek();
        const uint64_t begin = scanner.offset();
        scanner.SkipValue();
        Add(begin, scanner.offset(), records_.size() + 1);
        walk.At(scanner.offset());
      } while (scanner.Take(','));
    }
    scanner.Expect(']');
    if (scanner.Peek() != 0) {
      throw Error(ErrorCode::kInvalid, "more follows the end of the JSON array", scanner.where());
    }
    walk.At(content.text().size());
    FindLayout();
  }
};

class TrainingLines : public TrainingObjects {
 public:
  explicit TrainingLines(const TrainingInput& input) : TrainingObjects(input, "JSONL", "line") {
    const std::string_view text = input.content.text();
    TrainingWalk walk(input);
    ForEachLine(text, [&](uint64_t begin, uint64_t end, uint64_t number) {
      const std::string_view line = text.substr(begin, end - begin);
      if (line.find_first_not_of(" \t\r") != std::string_view::npos) Add(begin, end, number);
      walk.At(end);
    });
    walk.At(text.size());
    FindLayout();
  }
};

}  // namespace

std::unique_ptr<TrainingFormat> OpenTrainingArray(const TrainingInput& input) {
  return std::make_unique<TrainingArray>(input);
}

std::unique_ptr<TrainingFormat> OpenTrainingLines(const TrainingInput& input) {
  return std::make_unique<TrainingLines>(input);
}

}  // namespace dpr
