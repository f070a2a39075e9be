#include "dpr/collection/held_ids.h"

namespace dpr {

HeldIds::HeldIds(const WriterSession& session, const SourcePlan& plan, const IndexOptions& options)
    : session_(session),
      plan_(plan),
      options_(options),
      segments_(session.OpenSegments(StoreUse::kIds)) {}

void HeldIds::AddLastSegment() { segments_.push_back(session_.OpenLastSegment(StoreUse::kIds)); }

std::optional<HeldPassage> HeldIds::Find(const std::string& id) const {
  for (const SegmentIds& segment : segments_) {
    const auto row = segment.store->Find(id);
    if (!row || session_.deleted().Contains(segment.first_row + *row)) continue;
    const SourceSpan span = segment.store->SourceOf(*row);
    const bool known = span.first_passage > 0;
    return HeldPassage{segment.first_row + *row, span,
                       known ? span.first_passage + *row - span.first_row : 0};
  }
  return std::nullopt;
}

bool HeldIds::MayReplace(const SourceSpan& span) const {
  if (plan_.numbers.contains(span.source)) return false;  // the command itself gives the id twice
  return options_.replace || IsStale(span.source, span.key);
}

bool HeldIds::IsStale(int64_t source, const std::string& key) const {
  if (plan_.gone.contains(key)) return true;
  const auto given = plan_.by_key.find(key);
  if (given == plan_.by_key.end() || plan_.numbers.contains(source)) return false;
  // A document is replaced as a whole, however many passages it had.
  return options_.sync || (options_.replace && plan_.sources[given->second].file.is_document());
}

int64_t HeldIds::DeleteStale(DeletedRows& deleted) const {
  int64_t count = 0;
  for (const SegmentIds& segment : segments_) {
    const std::vector<SourceSpan> spans = segment.store->Sources();
    for (size_t i = 0; i < spans.size(); ++i) {
      if (!IsStale(spans[i].source, spans[i].key)) continue;
      const int64_t end = i + 1 < spans.size() ? spans[i + 1].first_row : segment.rows;
      for (int64_t row = spans[i].first_row; row < end; ++row) {
        count += deleted.Add(segment.first_row + row) ? 1 : 0;
      }
    }
  }
  return count;
}

}  // namespace dpr
