#include "dpr/retrieval/filter_cache.h"

#include <algorithm>

namespace dpr {

std::shared_ptr<const RowFilter> FilterCache::Get(const Collection& collection,
                                                  const std::string& where) {
  {
    const std::lock_guard lock(mutex_);
    const auto held = std::ranges::find(entries_, where, &Entry::first);
    if (held != entries_.end()) {
      entries_.splice(entries_.begin(), entries_, held);
      return held->second;
    }
  }
  auto filter = std::make_shared<const RowFilter>(where.empty() ? collection.LiveRows()
                                                                : collection.Filter(where));
  const std::lock_guard lock(mutex_);
  const auto held = std::ranges::find(entries_, where, &Entry::first);
  if (held != entries_.end()) return held->second;  // another thread was sooner
  entries_.emplace_front(where, filter);
  if (entries_.size() > kMost) entries_.pop_back();
  return filter;
}

}  // namespace dpr
