#include "dpr/collection/collection.h"

#include <utility>

#include "dpr/base/error.h"
#include "dpr/collection/describe.h"
#include "dpr/collection/filter_expression.h"
#include "dpr/collection/layout.h"
#include "dpr/collection/snapshot.h"

namespace dpr {
namespace {

constexpr int64_t kRowsAtATime = 1024;
constexpr int64_t kBytesAtATime = int64_t{4} << 20;

}  // namespace

Collection::Collection(std::unique_ptr<const State> state) : state_(std::move(state)) {}
Collection::Collection(Collection&&) noexcept = default;
Collection& Collection::operator=(Collection&&) noexcept = default;
Collection::~Collection() = default;

Collection Collection::Open(const Path& folder) { return Collection(State::Open(folder)); }

const Path& Collection::folder() const { return state_->folder; }

int64_t Collection::rows() const { return state_->manifest.rows(); }

bool Collection::is_live(int64_t row) const { return state_->is_live(row); }

bool Collection::unfinished() const {
  std::error_code code;
  return std::filesystem::exists(CollectionLayout(state_->folder).building(), code);
}

int64_t Collection::generation() const { return state_->manifest.generation; }

int64_t Collection::passages() const { return state_->manifest.passages(); }

const std::optional<EncoderRecord>& Collection::encoder() const { return state_->manifest.encoder; }

const std::optional<LexicalRecord>& Collection::lexical() const { return state_->manifest.lexical; }

LexicalIndex Collection::OpenLexical() const {
  DPR_CHECK(lexical().has_value());
  std::vector<LexicalSegment> segments;
  for (const OpenSegment& segment : state_->segments) {
    segments.push_back({&*segment.lexical, segment.first_row, segment.rows});
  }
  return LexicalIndex(std::move(segments), state_->deleted);
}

const std::string& Collection::ann_identity() const { return state_->ann_identity; }
const AnnIndex* Collection::ann() const { return state_->ann ? &state_->ann->index() : nullptr; }

const RecallCurve& Collection::recall() const { return state_->recall; }

SearchSpace Collection::search_space() const {
  SearchSpace space;
  for (const OpenSegment& segment : state_->segments) {
    if (!segment.vectors) continue;
    space.blocks.emplace_back(segment.vectors->view(),
                              segment.codes ? segment.codes->view() : CodesView());
  }
  space.deleted = state_->deleted;
  return space;
}

RowFilter Collection::LiveRows() const { return RowFilter::AllBut(state_->deleted, rows()); }

RowFilter Collection::Filter(std::string_view expression) const {
  return state_->Filter(ParseFilter(expression));
}

std::vector<std::string> Collection::FieldsNowhere(std::string_view expression) const {
  std::vector<std::string> names;
  for (const FilterField& field : FieldsOf(ParseFilter(expression))) {
    FilterExpression exists;
    exists.test = {field, FilterOperator::kExists, {}};
    if (state_->Filter(exists).count() == 0) names.push_back(FilterFieldName(field));
  }
  return names;
}

std::vector<StoredPassage> Collection::Get(std::span<const int64_t> rows) const {
  std::vector<StoredPassage> passages;
  passages.reserve(rows.size());
  for (const int64_t row : rows) {
    const OpenSegment& segment = state_->SegmentOf(row);
    const int64_t local = row - segment.first_row;
    passages.push_back({row, segment.passages->Get(local), segment.passages->SourceOf(local).key});
  }
  return passages;
}

std::optional<int64_t> Collection::FindRow(std::string_view id) const {
  for (const OpenSegment& segment : state_->segments) {
    const auto row = segment.passages->Find(id);
    if (row && state_->is_live(segment.first_row + *row)) return segment.first_row + *row;
  }
  return std::nullopt;
}

void Collection::ForEach(const std::function<void(const StoredPassage&)>& visit) const {
  for (const OpenSegment& segment : state_->segments) {
    const std::vector<SourceSpan> spans = segment.passages->Sources();
    size_t span = 0;
    for (int64_t row = 0; row < segment.rows;) {
      std::vector<Passage> passages = segment.passages->GetFrom(row, kRowsAtATime, kBytesAtATime);
      if (passages.empty()) segment.passages->Get(row);  // throws: the row is missing
      for (Passage& passage : passages) {
        while (span + 1 < spans.size() && spans[span + 1].first_row <= row) ++span;
        const int64_t at = segment.first_row + row++;
        if (!state_->is_live(at)) continue;
        visit({at, std::move(passage), spans.empty() ? std::string() : spans[span].key});
      }
    }
  }
}

std::string Collection::DescribeJson() const { return DescribeCollection(state_->folder); }

}  // namespace dpr
