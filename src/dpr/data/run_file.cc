#include "dpr/data/run_file.h"

#include <fmt/format.h>

#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "dpr/base/error.h"
#include "dpr/data/column_reader.h"
#include "dpr/data/record_check.h"

namespace dpr {
namespace {

// Where the columns of a run stand.
struct Layout {
  size_t columns, passage, score;
};
constexpr Layout kTrec = {6, 2, 4};
constexpr Layout kThreeColumns = {3, 1, 2};

constexpr const char* kRunLine =
    "A run is `question Q0 passage rank score tag`, or `question passage score`";

// Collects lines into lists.
class RunBuilder {
 public:
  void Add(std::string_view question, std::string_view passage, double score) {
    if (lists_.empty() || lists_[current_].question_id != question) {
      const auto [found, is_new] = places_.emplace(question, lists_.size());
      current_ = found->second;
      if (is_new) lists_.push_back({std::string(question), {}});
    }
    RankedList& list = lists_[current_];
    list.passages.push_back({std::string(passage), score});
    ranks_ = ranks_ && score == static_cast<double>(list.passages.size());
  }

  // Are the scores of every list 1, 2, 3 ...?
  bool are_ranks() const { return ranks_; }
  std::vector<RankedList> Take() { return std::move(lists_); }

 private:
  std::vector<RankedList> lists_;
  size_t current_ = 0;
  std::unordered_map<std::string, size_t> places_;  // of each question's list
  bool ranks_ = true;
};

void RequireDistinctPassages(const RankedList& list, const std::string& name) {
  std::unordered_set<std::string_view> seen;
  for (const RankedPassage& passage : list.passages) {
    if (seen.insert(passage.passage_id).second) continue;
    throw Error(ErrorCode::kInvalid, "passage " + Quoted(passage.passage_id) + " is ranked twice",
                name + ", question " + Quoted(list.question_id),
                "Remove one of the two lines: a run ranks a passage once for a question");
  }
}

// As the shortest decimal that reads back to the same number.
std::string ScoreText(double score) {
  const auto narrow = static_cast<float>(score);
  return static_cast<double>(narrow) == score ? fmt::format("{}", narrow)
                                              : fmt::format("{}", score);
}

void RequireColumn(const std::string& id) {
  if (!id.empty() && id.find_first_of(" \t\r\n\v\f") == std::string::npos) return;
  throw Error(ErrorCode::kInvalid, "a TREC run cannot hold an id that is empty or has white space",
              "id " + Quoted(id), "Write the results as .jsonl or .json instead");
}

}  // namespace

std::vector<RankedList> ReadRun(std::unique_ptr<ByteStream> stream) {
  ColumnReader reader(std::move(stream));
  RunBuilder builder;
  std::vector<std::string_view> columns;
  std::optional<Layout> layout;
  while (reader.Next(columns)) {
    if (!layout) layout = columns.size() == kThreeColumns.columns ? kThreeColumns : kTrec;
    if (columns.size() != layout->columns) {
      FailRecord("the line has " + std::to_string(columns.size()) + " columns, not " +
                     std::to_string(layout->columns),
                 reader.where(), kRunLine);
    }
    double score = 0;
    if (!ReadNumber(columns[layout->score], score)) {
      FailRecord("the score " + Quoted(columns[layout->score]) + " is not a finite number",
                 reader.where());
    }
    builder.Add(columns[0], columns[layout->passage], score);
  }
  if (!layout) {
    throw Error(ErrorCode::kInvalid, "the file holds no ranked lists", reader.name(), kRunLine);
  }
  std::vector<RankedList> lists = builder.Take();
  for (const RankedList& list : lists) RequireDistinctPassages(list, reader.name());
  if (layout->columns == kThreeColumns.columns && builder.are_ranks()) {
    for (RankedList& list : lists) {
      for (RankedPassage& passage : list.passages) passage.score = 1 / passage.score;
    }
  }
  return lists;
}

std::vector<RankedList> ReadRun(const Path& path) { return ReadRun(OpenStream(path)); }

RunFileWriter::RunFileWriter(const Path& path, std::string tag)
    : file_(path), tag_(std::move(tag)) {
  RequireColumn(tag_);
}

void RunFileWriter::Add(const RankedList& list) {
  constexpr size_t kFlushAt = size_t{1} << 18;
  RequireColumn(list.question_id);
  for (size_t i = 0; i < list.passages.size(); ++i) {
    const RankedPassage& passage = list.passages[i];
    RequireColumn(passage.passage_id);
    buffer_ += fmt::format("{} Q0 {} {} {} {}\n", list.question_id, passage.passage_id, i + 1,
                           ScoreText(passage.score), tag_);
  }
  if (buffer_.size() >= kFlushAt) Flush();
}

void RunFileWriter::Flush() {
  file_.file().Write(buffer_);
  buffer_.clear();
}

void RunFileWriter::Finish() {
  Flush();
  file_.Commit();
}

}  // namespace dpr
