// The compute threads (one OpenMP pool, which oneDNN runs on too) and queues for input and output
// threads. See design decision "one pool": docs/design/threads.md.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace dpr {

int ThreadCount();               // compute threads in use; default: all cores this process may use
void SetThreadCount(int count);  // at least 1; call before work starts

// Runs body(i) for every i in [0, count) on the compute threads, handing out `grain` consecutive
// indexes at a time. The exception of the lowest index is rethrown here when all threads have
// stopped. Inside another parallel region it runs on the calling thread.
void ParallelFor(int64_t count, int64_t grain, const std::function<void(int64_t)>& body);
// The same, one index at a time, as body(i, thread) with the thread's number below ThreadCount(),
// for memory of its own.
void ParallelTasks(int64_t count, const std::function<void(int64_t, int)>& body);
// Runs body(thread, threads) once on each compute thread.
void ParallelRegion(const std::function<void(int, int)>& body);

// A bounded queue between threads. Thread-safe.
template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t capacity) : capacity_(capacity) {}

  // Waits for room. False when the queue was closed: the item is dropped.
  bool Push(T item) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || items_.size() < capacity_; });
    if (closed_) return false;
    items_.push_back(std::move(item));
    changed_.notify_all();
    return true;
  }

  // Waits for an item. Nothing when the queue is closed and empty. Rethrows what Fail() was given.
  std::optional<T> Pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !items_.empty(); });
    if (!items_.empty()) {
      T item = std::move(items_.front());
      items_.pop_front();
      changed_.notify_all();
      return item;
    }
    if (error_) std::rethrow_exception(error_);
    return std::nullopt;
  }

  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

  // Closes, and lets Pop() throw `error` once the items before it are taken.
  void Fail(std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    error_ = error;
    closed_ = true;
    changed_.notify_all();
  }

 private:
  const size_t capacity_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> items_;
  bool closed_ = false;
  std::exception_ptr error_;
};

}  // namespace dpr
