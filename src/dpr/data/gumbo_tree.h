// A page's syntax tree by gumbo, made with bounded memory and time. Internal to `data`: it shows
// gumbo's types.
//
// gumbo's algorithm is HTML5's, which is quadratic for hostile input (each of a million open
// elements is looked through at each tag), and it frees its tree by recursion as deep as the tree.
// Its memory therefore comes from one arena, freed as a whole, and when the arena or the
// processor time exceeds what a page of that size can need, parsing is left by a long jump.
#pragma once

#include <gumbo.h>

#include <csetjmp>
#include <cstddef>
#include <memory_resource>
#include <string_view>

namespace dpr {

// `html` must outlive the object. Not movable: gumbo holds its address while it parses.
class GumboTree {
 public:
  // kInvalid when the page is too costly to parse.
  explicit GumboTree(std::string_view html);
  GumboTree(const GumboTree&) = delete;
  GumboTree& operator=(const GumboTree&) = delete;

  const GumboNode* root() const { return output_->document; }

 private:
  static void* Allocate(void* self, size_t size);
  static void Free(void*, void*) {}
  bool Exceeded();

  std::pmr::monotonic_buffer_resource arena_;
  size_t used_ = 0, allocations_ = 0;
  const size_t largest_;
  const double latest_;  // of the thread's processor clock, in seconds
  std::jmp_buf leave_;
  GumboOutput* output_ = nullptr;
};

}  // namespace dpr
