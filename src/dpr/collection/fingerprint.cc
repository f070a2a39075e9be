// Collection::Fingerprint: the live passages of all segments, merged by id from the segments' own
// id indexes, so that memory stays at a few ids for each segment.
#include <queue>

#include "dpr/base/checksum.h"
#include "dpr/collection/snapshot.h"

namespace dpr {
namespace {

constexpr int64_t kIdsAtATime = 512;

// The ids of one segment in order, a page at a time.
class IdCursor {
 public:
  explicit IdCursor(const OpenSegment& segment) : segment_(&segment) { Fill(std::nullopt); }

  bool done() const { return page_.empty(); }
  const RowOfId& now() const { return page_[at_]; }
  const OpenSegment& segment() const { return *segment_; }
  int64_t row() const { return segment_->first_row + now().row; }

  void Advance() {
    if (++at_ < page_.size()) return;
    Fill(page_.back().id);
  }

 private:
  void Fill(const std::optional<std::string>& after) {
    page_ = segment_->passages->IdsAfter(after, kIdsAtATime);
    at_ = 0;
  }
  const OpenSegment* segment_;
  std::vector<RowOfId> page_;
  size_t at_ = 0;
};

struct ComesLater {
  bool operator()(const IdCursor* a, const IdCursor* b) const {
    return a->now().id != b->now().id ? a->now().id > b->now().id : a->row() > b->row();
  }
};

// `lexical`: null when the collection has no BM25.
void AddPassage(const IdCursor& cursor, const LexicalIndex* lexical, Hasher& hasher) {
  const Passage passage = cursor.segment().passages->Get(cursor.now().row);
  hasher.AddField(passage.id).AddField(passage.title).AddField(passage.text);
  hasher.AddField(passage.metadata);
  const auto& vectors = cursor.segment().vectors;
  if (vectors) hasher.Add(std::as_bytes(vectors->view().row_span(cursor.now().row)));
  if (lexical == nullptr) return;
  const int64_t length = lexical->Lengths(cursor.row(), cursor.row() + 1).at(0);
  hasher.AddNumber(static_cast<uint64_t>(length));
}

}  // namespace

std::string Collection::Fingerprint(Progress& progress) const {
  progress.Stage("fingerprint", static_cast<uint64_t>(passages()), "passages");
  std::vector<IdCursor> all;
  for (const OpenSegment& segment : state_->segments) all.emplace_back(segment);
  std::priority_queue<IdCursor*, std::vector<IdCursor*>, ComesLater> cursors;
  for (IdCursor& cursor : all) {
    if (!cursor.done()) cursors.push(&cursor);
  }
  Hasher hasher;
  hasher.AddField("dpr content 1").AddNumber(static_cast<uint64_t>(passages()));
  hasher.AddNumber(encoder() ? static_cast<uint64_t>(encoder()->dimensions) : 0);
  std::optional<LexicalIndex> bm25;
  if (lexical()) {
    bm25 = OpenLexical();
    hasher.AddField("BM25").AddField(lexical()->analyzer.language);
  }
  while (!cursors.empty()) {
    IdCursor* cursor = cursors.top();
    cursors.pop();
    if (state_->is_live(cursor->row())) {
      AddPassage(*cursor, bm25 ? &*bm25 : nullptr, hasher);
      progress.Advance(1);
    }
    cursor->Advance();
    if (!cursor->done()) cursors.push(cursor);
  }
  return hasher.Hex();
}

}  // namespace dpr
