// The filters of a collection that were asked for last, so that an expression is evaluated once.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "dpr/base/row_filter.h"
#include "dpr/collection/collection.h"

namespace dpr {

// Thread-safe. A filter takes a bit for each row of the collection.
class FilterCache {
 public:
  static constexpr size_t kMost = 64;

  // Evaluated outside of the lock: who asks for the same at the same time does so too.
  std::shared_ptr<const RowFilter> Get(const Collection& collection, const std::string& where);

 private:
  using Entry = std::pair<std::string, std::shared_ptr<const RowFilter>>;
  std::mutex mutex_;
  std::list<Entry> entries_;  // the one asked for last first
};

}  // namespace dpr
