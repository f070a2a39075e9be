// Objects that are costly to make and cheap to use again, such as the buffers of a forward pass.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace dpr {

// Lends objects, making one when all are lent. Thread-safe; loans must end before the pool does.
template <typename T>
class Pool {
 public:
  class Loan {
   public:
    Loan(Pool& pool, std::unique_ptr<T> object) : pool_(&pool), object_(std::move(object)) {}
    Loan(Loan&&) noexcept = default;
    Loan& operator=(Loan&&) = delete;
    ~Loan() {
      if (object_ != nullptr) pool_->Return(std::move(object_));
    }
    T& operator*() const { return *object_; }
    T* operator->() const { return object_.get(); }

   private:
    Pool* pool_;
    std::unique_ptr<T> object_;
  };

  Loan Borrow() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) {
      free_.reserve(++made_);  // so that a return allocates nothing
      return Loan(*this, std::make_unique<T>());
    }
    std::unique_ptr<T> object = std::move(free_.back());
    free_.pop_back();
    return Loan(*this, std::move(object));
  }

 private:
  void Return(std::unique_ptr<T> object) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(object));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> free_;
  size_t made_ = 0;
};

}  // namespace dpr
