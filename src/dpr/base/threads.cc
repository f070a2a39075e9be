#include "dpr/base/threads.h"

#include <omp.h>

#include <algorithm>
#include <atomic>

#include "dpr/base/error.h"

namespace dpr {
namespace {

// Keeps the first exception of a parallel region: none may leave an OpenMP block.
class FirstError {
 public:
  template <typename Body>
  void Run(Body&& body) noexcept {
    try {
      body();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
      failed_ = true;
    }
  }
  bool failed() const { return failed_; }
  void Rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr error_;
  std::atomic<bool> failed_ = false;
};

}  // namespace

int ThreadCount() { return omp_get_max_threads(); }

void SetThreadCount(int count) {
  DPR_CHECK(count >= 1);
  omp_set_num_threads(count);
}

void ParallelFor(int64_t count, int64_t grain, const std::function<void(int64_t)>& body) {
  DPR_CHECK(grain >= 1);
  const int64_t chunks = (count + grain - 1) / grain;
  FirstError error;
#pragma omp parallel for schedule(dynamic, 1) if (chunks > 1 && !omp_in_parallel())
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    if (error.failed()) continue;
    error.Run([&] {
      const int64_t end = std::min(count, (chunk + 1) * grain);
      for (int64_t i = chunk * grain; i < end; ++i) body(i);
    });
  }
  error.Rethrow();
}

void ParallelRegion(const std::function<void(int, int)>& body) {
  FirstError error;
#pragma omp parallel if (!omp_in_parallel())
  error.Run([&] { body(omp_get_thread_num(), omp_get_num_threads()); });
  error.Rethrow();
}

}  // namespace dpr
