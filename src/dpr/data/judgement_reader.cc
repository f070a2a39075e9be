#include "dpr/data/judgement_reader.h"

#include <unordered_set>

#include "dpr/base/error.h"
#include "dpr/data/column_reader.h"
#include "dpr/data/record_check.h"

namespace dpr {
namespace {

// Where the columns of a judgement stand.
struct Layout {
  size_t columns, question, passage, relevance;
};
constexpr Layout kBeir = {3, 0, 1, 2};
constexpr Layout kTrec = {4, 0, 2, 3};

bool IsHeader(const std::vector<std::string_view>& columns) {
  int relevance = 0;
  return columns.size() == 3 && columns[0] == "query-id" && !ReadNumber(columns[2], relevance);
}

}  // namespace

std::vector<Judgement> ReadJudgements(std::unique_ptr<ByteStream> stream) {
  ColumnReader reader(std::move(stream));
  std::vector<std::string_view> columns;
  std::vector<Judgement> judgements;
  std::unordered_set<std::string> judged;
  bool more = reader.Next(columns);
  const Layout layout = columns.size() == kTrec.columns ? kTrec : kBeir;
  if (more && IsHeader(columns)) more = reader.Next(columns);
  for (; more; more = reader.Next(columns)) {
    if (columns.size() != layout.columns) {
      FailRecord("the line has " + std::to_string(columns.size()) + " columns, not " +
                     std::to_string(layout.columns),
                 reader.where(),
                 "Judgements are `question passage relevance`, or with TREC's second column "
                 "`question 0 passage relevance`");
    }
    Judgement judgement{std::string(columns[layout.question]),
                        std::string(columns[layout.passage])};
    if (!ReadNumber(columns[layout.relevance], judgement.relevance)) {
      FailRecord(
          "the relevance `" + std::string(columns[layout.relevance]) + "` is not a whole number",
          reader.where());
    }
    if (!judged.insert(judgement.question_id + '\n' + judgement.passage_id).second) {
      FailRecord("passage " + Quoted(judgement.passage_id) + " is judged twice for question " +
                     Quoted(judgement.question_id),
                 reader.where());
    }
    judgements.push_back(std::move(judgement));
  }
  if (judgements.empty()) {
    throw Error(ErrorCode::kInvalid, "the file holds no judgements", reader.name(),
                "Judgements are one a line: `question 0 passage relevance`");
  }
  return judgements;
}

std::vector<Judgement> ReadJudgements(const Path& path) { return ReadJudgements(OpenStream(path)); }

}  // namespace dpr
