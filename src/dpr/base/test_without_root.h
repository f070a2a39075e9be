// Tests of permissions that root can run too. For *_test.cc only.
#pragma once

#include <unistd.h>

#include <cstdlib>

namespace dpr::testing {

// While it lives the process is not root, whom no permission stops: what root made before is as its
// modes say for others. Without root it does nothing.
class WithoutRoot {
 public:
  WithoutRoot() : root_(::geteuid() == 0) {
    constexpr uid_t kNobody = 65534;
    if (root_ && ::setresuid(kNobody, kNobody, 0) != 0) std::abort();
  }
  ~WithoutRoot() {
    if (root_ && ::setresuid(0, 0, 0) != 0) std::abort();
  }
  WithoutRoot(const WithoutRoot&) = delete;
  WithoutRoot& operator=(const WithoutRoot&) = delete;

 private:
  const bool root_;
};

}  // namespace dpr::testing
