// A file mapped for reading and writing: its pages are memory that the system writes back when it
// likes, so that what is larger than memory can be changed in place. What was written survives the
// process; a power cut only after Sync().
#pragma once

#include <cstddef>
#include <span>

#include "dpr/base/file.h"

namespace dpr {

class WritableMapping {
 public:
  // As long as the file is now; at least one byte.
  explicit WritableMapping(const Path& path);
  ~WritableMapping();
  WritableMapping(const WritableMapping&) = delete;
  WritableMapping& operator=(const WritableMapping&) = delete;

  std::span<std::byte> bytes() const { return {data_, size_}; }
  void Sync() const;

 private:
  File file_;
  std::byte* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace dpr
