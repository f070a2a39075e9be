#include "dpr/data/gumbo_tree.h"

#include <ctime>

#include "dpr/base/error.h"

namespace dpr {
namespace {

// Measured over 5,000 pages of documentation: at most 19 bytes of tree for a byte of HTML, and 35
// ms for a megabyte.
constexpr size_t kLeastMemory = size_t{4} << 20;
constexpr size_t kMemoryPerByte = 32;
constexpr double kLeastSeconds = 0.25;
constexpr double kSecondsPerByte = 0.5e-6;

double ThreadSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

bool GumboTree::Exceeded() {
  constexpr size_t kAllocationsPerLook = 256;
  if (used_ > largest_) return true;
  return ++allocations_ % kAllocationsPerLook == 0 && ThreadSeconds() > latest_;
}

// Called by gumbo, whose frames hold nothing that a jump over them would lose.
void* GumboTree::Allocate(void* self, size_t size) {
  auto* const tree = static_cast<GumboTree*>(self);
  tree->used_ += size;
  if (tree->Exceeded()) std::longjmp(tree->leave_, 1);
  return tree->arena_.allocate(size, alignof(std::max_align_t));
}

GumboTree::GumboTree(std::string_view html)
    : largest_(kLeastMemory + kMemoryPerByte * html.size()),
      latest_(ThreadSeconds() + kLeastSeconds +
              kSecondsPerByte * static_cast<double>(html.size())) {
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = Allocate;
  options.deallocator = Free;
  options.userdata = this;
  options.max_errors = 0;
  if (setjmp(leave_) != 0) {
    throw Error(ErrorCode::kInvalid,
                "the page's elements are nested too deeply or left open too often");
  }
  output_ = gumbo_parse_with_options(&options, html.data(), html.size());
}

}  // namespace dpr
