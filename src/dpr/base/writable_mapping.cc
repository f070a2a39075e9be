#include "dpr/base/writable_mapping.h"

#include <sys/mman.h>

#include "dpr/base/error.h"

namespace dpr {

WritableMapping::WritableMapping(const Path& path)
    : file_(File::OpenForUpdating(path)), size_(file_.size()) {
  DPR_CHECK(size_ > 0);
  void* address = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, file_.descriptor(), 0);
  if (address == MAP_FAILED) ThrowErrno("map the file", path.string());
  data_ = static_cast<std::byte*>(address);
}

WritableMapping::~WritableMapping() { ::munmap(data_, size_); }

void WritableMapping::Sync() const {
  if (::msync(data_, size_, MS_SYNC) != 0) ThrowErrno("write the file", file_.path().string());
}

}  // namespace dpr
