// The open databases of an index. A Xapian database serves one thread at a time, so threads borrow
// them; how many are open does not grow with threads times segments.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <utility>
#include <vector>

#include "dpr/lexical/database.h"
#include "dpr/lexical/lexical_index.h"

namespace dpr {

// Thread-safe; loans must end before the pool does.
class DatabasePool {
 public:
  // At most this many are open, or as many as are lent at once. It is more than segments times
  // threads of all but huge collections; beyond it, the one not used for longest is closed.
  static constexpr size_t kMostOpen = 64;

 private:
  struct Open {
    size_t segment = 0;
    LexicalDatabase database;
  };
  using Place = std::list<Open>;  // of one database: moving it allocates nothing

 public:
  class Loan {
   public:
    Loan(DatabasePool& pool, Place place) : pool_(&pool), place_(std::move(place)) {}
    Loan(Loan&&) noexcept = default;
    Loan& operator=(Loan&&) = delete;
    ~Loan() {
      if (!place_.empty()) pool_->Return(place_);
    }
    const Path& file() const { return place_.front().database.file; }
    const Xapian::Database& operator*() const { return place_.front().database.xapian; }
    const Xapian::Database* operator->() const { return &place_.front().database.xapian; }

   private:
    DatabasePool* pool_;
    Place place_;
  };

  // `segments` is kept; its files are opened when first needed.
  explicit DatabasePool(const std::vector<LexicalSegment>& segments) : segments_(segments) {}

  Loan Borrow(size_t segment);

 private:
  void Return(Place& place);

  const std::vector<LexicalSegment>& segments_;
  std::mutex mutex_;
  Place idle_;       // the one not used for longest first
  size_t open_ = 0;  // idle or lent
};

}  // namespace dpr
