#include "dpr/base/threads.h"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <limits>

#include "dpr/base/error.h"

namespace dpr {
namespace {

// What SetThreadCount asked for; 0 until then. One number for the whole process, since OpenMP's own
// setting holds for the calling thread only.
std::atomic<int> requested_threads = 0;

// The thread sanitizer does not see OpenMP's own fork and join, as GCC's runtime is not
// instrumented. FirstError's atomics say the same to it, so that it checks the bodies; the
// functions with the pragmas, which read their arguments before it could know, are left out.
#define DPR_OPENMP_ENTRANCE __attribute__((no_sanitize("thread")))

// Keeps the exception of the lowest index of a parallel region: none may leave an OpenMP block, and
// which one is seen must not depend on the threads' timing. Higher indices are passed over then.
class FirstError {
 public:
  FirstError() { failed_from_.store(kNone); }  // all before the region comes before its bodies

  template <typename Body>
  void Run(int64_t index, Body&& body) noexcept {
    try {
      if (failed_from_.load() >= index) body();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (index < index_) {
        index_ = index;
        error_ = std::current_exception();
      }
      failed_from_.store(index_);
    }
    finished_.fetch_add(1, std::memory_order_release);  // orders no body before another
  }
  void Rethrow() const {
    finished_.load();  // all bodies come before what follows the region
    if (error_) std::rethrow_exception(error_);
  }

 private:
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::max();
  std::mutex mutex_;
  std::exception_ptr error_;
  int64_t index_ = kNone;
  std::atomic<int64_t> failed_from_;
  std::atomic<int64_t> finished_ = 0;
};

}  // namespace

int ThreadCount() {
  const int requested = requested_threads;
  return requested > 0 ? requested : omp_get_max_threads();
}

void SetThreadCount(int count) {
  DPR_CHECK(count >= 1);
  requested_threads = count;
  omp_set_num_threads(count);
}

DPR_OPENMP_ENTRANCE
void ParallelFor(int64_t count, int64_t grain, const std::function<void(int64_t)>& body) {
  DPR_CHECK(grain >= 1);
  const int64_t chunks = (count + grain - 1) / grain;
  FirstError error;
#pragma omp parallel for schedule(dynamic, 1) \
    num_threads(ThreadCount()) if (chunks > 1 && !omp_in_parallel())
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    error.Run(chunk, [&] {
      const int64_t end = std::min(count, (chunk + 1) * grain);
      for (int64_t i = chunk * grain; i < end; ++i) body(i);
    });
  }
  error.Rethrow();
}

DPR_OPENMP_ENTRANCE
void ParallelTasks(int64_t count, const std::function<void(int64_t, int)>& body) {
  FirstError error;
#pragma omp parallel for schedule(dynamic, 1) \
    num_threads(ThreadCount()) if (count > 1 && !omp_in_parallel())
  for (int64_t i = 0; i < count; ++i) {
    error.Run(i, [&] { body(i, omp_in_parallel() ? omp_get_thread_num() : 0); });
  }
  error.Rethrow();
}

DPR_OPENMP_ENTRANCE
void ParallelRegion(const std::function<void(int, int)>& body) {
  FirstError error;
#pragma omp parallel num_threads(ThreadCount()) if (!omp_in_parallel())
  error.Run(omp_get_thread_num(), [&] { body(omp_get_thread_num(), omp_get_num_threads()); });
  error.Rethrow();
}

}  // namespace dpr
