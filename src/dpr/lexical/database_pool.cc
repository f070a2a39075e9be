#include "dpr/lexical/database_pool.h"

#include <algorithm>

namespace dpr {

DatabasePool::Loan DatabasePool::Borrow(size_t segment) {
  Place taken, closing;  // closed when the lock is released
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(idle_.begin(), idle_.end(),
                                    [&](const Open& open) { return open.segment == segment; });
    if (found != idle_.end()) {
      taken.splice(taken.end(), idle_, found);
      return {*this, std::move(taken)};
    }
    if (open_ >= kMostOpen && !idle_.empty()) {
      closing.splice(closing.end(), idle_, idle_.begin());
      --open_;
    }
    ++open_;
  }
  closing.clear();
  try {
    taken.push_back({segment, LexicalDatabase(*segments_[segment].file)});
  } catch (...) {
    const std::lock_guard lock(mutex_);
    --open_;
    throw;
  }
  return {*this, std::move(taken)};
}

void DatabasePool::Return(Place& place) {
  Place closing;
  const std::lock_guard lock(mutex_);
  if (open_ > kMostOpen) {
    closing.swap(place);
    --open_;
  } else {
    idle_.splice(idle_.end(), place);
  }
}

}  // namespace dpr
