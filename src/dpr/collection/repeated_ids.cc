#include "dpr/collection/repeated_ids.h"

#include <optional>

namespace dpr {

void RepeatedIds::ForEach(const std::function<void(uint64_t first, uint64_t again)>& visit) {
  std::optional<HashedId> first;
  ids_.ForEach([&](const HashedId& entry) {
    if (first && entry.id == first->id) {
      visit(first->number, entry.number);
    } else {
      first = entry;
    }
  });
}

}  // namespace dpr
