// Loops over the compute threads visit each index once and pass on exceptions; queues keep order,
// bounds and errors.
#include "dpr/base/threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "dpr/base/error.h"

namespace dpr {
namespace {

TEST(ParallelFor, VisitsEachIndexOnceForEveryGrain) {
  for (const int64_t count : {0, 1, 2, 7, 100, 1001}) {
    for (const int64_t grain : {1, 3, 100, 5000}) {
      std::vector<std::atomic<int>> visits(static_cast<size_t>(count));
      ParallelFor(count, grain, [&](int64_t i) { ++visits[static_cast<size_t>(i)]; });
      for (const auto& visit : visits) ASSERT_EQ(visit, 1) << count << " by " << grain;
    }
  }
}

TEST(ParallelFor, RethrowsWhatABodyThrows) {
  EXPECT_THROW(ParallelFor(100, 1,
                           [](int64_t i) {
                             if (i == 37) throw Error(ErrorCode::kInvalid, "thirty-seven");
                           }),
               Error);
  int64_t sum = 0;
  ParallelFor(1, 1, [&](int64_t) { sum = 5; });
  EXPECT_EQ(sum, 5) << "works again afterwards";
}

TEST(ParallelFor, InsideAnotherOneRunsOnTheCallingThread) {
  std::atomic<int> visits = 0;
  ParallelFor(8, 1, [&](int64_t) {
    const auto thread = std::this_thread::get_id();
    ParallelFor(8, 1, [&](int64_t) {
      EXPECT_EQ(std::this_thread::get_id(), thread);
      ++visits;
    });
  });
  EXPECT_EQ(visits, 64);
}

TEST(ParallelRegion, RunsOnceOnEachThread) {
  const int before = ThreadCount();
  SetThreadCount(3);
  std::vector<std::atomic<int>> visits(3);
  ParallelRegion([&](int thread, int threads) {
    EXPECT_EQ(threads, 3);
    ++visits[static_cast<size_t>(thread)];
  });
  SetThreadCount(before);
  for (const auto& visit : visits) EXPECT_EQ(visit, 1);
}

TEST(BoundedQueue, KeepsOrderAndNeverHoldsMoreThanItsCapacity) {
  BoundedQueue<std::unique_ptr<int>> queue(3);
  std::atomic<int> pushed = 0, popped = 0;
  std::thread producer([&] {
    for (int i = 0; i < 1000; ++i) {
      queue.Push(std::make_unique<int>(i));
      ++pushed;
    }
    queue.Close();
  });
  while (const auto item = queue.Pop()) {
    EXPECT_EQ(**item, popped);
    // 3 in the queue, 1 just taken.
    EXPECT_LE(pushed, popped + 4);
    ++popped;
  }
  producer.join();
  EXPECT_EQ(popped, 1000);
}

TEST(BoundedQueue, CloseWakesAWaitingProducerAndLetsWhatIsInsideOut) {
  BoundedQueue<int> queue(1);
  queue.Push(1);
  std::thread producer([&] { EXPECT_FALSE(queue.Push(2)); });
  queue.Close();
  producer.join();
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_EQ(queue.Pop(), std::nullopt);
  EXPECT_FALSE(queue.Push(3));
}

TEST(BoundedQueue, FailReachesTheConsumerAfterTheItemsBeforeIt) {
  BoundedQueue<int> queue(2);
  queue.Push(1);
  queue.Fail(std::make_exception_ptr(Error(ErrorCode::kInvalid, "line 2")));
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_THROW(queue.Pop(), Error);
  EXPECT_THROW(queue.Pop(), Error);
}

}  // namespace
}  // namespace dpr
