#include "dpr/tensor/matrix.h"

#include <sys/mman.h>

#include <new>

namespace dpr {

void* AllocateAligned(size_t bytes) {
  constexpr size_t kHugePage = size_t{2} << 20;
  const size_t alignment = bytes >= kHugePage ? kHugePage : 64;
  // aligned_alloc wants a multiple of the alignment; 64 will do for glibc, and rounding a large
  // buffer up to whole huge pages would waste memory.
  void* memory = std::aligned_alloc(alignment, (bytes + 63) / 64 * 64);
  if (memory == nullptr && bytes > 0) throw std::bad_alloc();
  // A hint only: weights and activations are walked in strides that exhaust the TLB otherwise.
  if (alignment == kHugePage) ::madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
  return memory;
}

}  // namespace dpr
