#include "dpr/cli/run_writer.h"

#include "dpr/base/error.h"
#include "dpr/data/dpr_results.h"
#include "dpr/data/run_file.h"
#include "dpr/text/answer_match.h"

namespace dpr::cli {
namespace {

class TrecWriter : public RunWriter {
 public:
  explicit TrecWriter(const Path& path) : file_(path, "dpr") {}

  void Add(const Question& question, std::span<const FoundPassage> found, double) override {
    file_.Add(ToRankedList(question, found));
  }
  void Finish() override { file_.Finish(); }

 private:
  RunFileWriter file_;
};

class DprWriter : public RunWriter {
 public:
  explicit DprWriter(const Path& path) : file_(path) {}

  void Add(const Question& question, std::span<const FoundPassage> found, double) override {
    const AnswerMatcher matcher(question.answers, MatchMode::kString);
    std::vector<DprContext> contexts;
    for (const FoundPassage& hit : found) {
      const Passage& passage = hit.stored.passage;
      const bool has_answer = !question.answers.empty() && matcher.Matches(passage.text);
      contexts.push_back({passage.id, passage.title, passage.text, hit.score, has_answer});
    }
    file_.Add(question, contexts);
  }
  void Finish() override { file_.Finish(); }

 private:
  DprResultsWriter file_;
};

class JsonLinesWriter : public RunWriter {
 public:
  explicit JsonLinesWriter(const Path& path) : file_(path) {}

  void Add(const Question& question, std::span<const FoundPassage> found,
           double milliseconds) override {
    file_.file().Write(SearchJson(question.text, found, milliseconds) + "\n");
  }
  void Finish() override { file_.Commit(); }

 private:
  AtomicFile file_;
};

}  // namespace

std::unique_ptr<RunWriter> RunWriter::Create(const Path& path) {
  if (path.extension() == ".trec") return std::make_unique<TrecWriter>(path);
  if (path.extension() == ".json") return std::make_unique<DprWriter>(path);
  if (path.extension() == ".jsonl") return std::make_unique<JsonLinesWriter>(path);
  throw Error(ErrorCode::kUsage, "the name does not say which format to write", path.string(),
              "End it in .trec (TREC run), .json (DPR's results) or .jsonl (one object a line)");
}

}  // namespace dpr::cli
