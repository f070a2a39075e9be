#include "dpr/tensor/matrix.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace dpr {

void* AllocateAligned(size_t bytes) {
  constexpr size_t kHugePage = size_t{2} << 20;
  const size_t alignment = bytes >= kHugePage ? kHugePage : 64;
  // Not aligned_alloc, which wants whole huge pages.
  void* memory = nullptr;
  if (::posix_memalign(&memory, alignment, bytes) != 0) throw std::bad_alloc();
  // A hint only: weights and activations are walked in strides that exhaust the TLB otherwise.
  if (alignment == kHugePage) ::madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
  return memory;
}

}  // namespace dpr
