// A steady state allocates nothing: every allocation of this test program is counted.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <fstream>

#include "dpr/base/test_environment.h"
#include "dpr/base/threads.h"
#include "dpr/bert/bert.h"
#include "dpr/bert/weights.h"
#include "dpr/bert/workspace.h"
#include "dpr/encoder/retriever.h"
#include "dpr/tensor/onednn_product.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DPR_COUNTS_ALLOCATIONS 0  // the sanitizers bring allocators of their own
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DPR_COUNTS_ALLOCATIONS 0
#endif
#endif
#ifndef DPR_COUNTS_ALLOCATIONS
#define DPR_COUNTS_ALLOCATIONS 1
#endif

namespace {
std::atomic<int64_t> allocations{0};
}

#if DPR_COUNTS_ALLOCATIONS
// The C library's own names for its allocator; operator new comes through malloc.
extern "C" {
// NOLINTBEGIN(readability-identifier-naming)
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
// NOLINTEND(readability-identifier-naming)

void* malloc(size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* old, size_t size) {
  ++allocations;
  return __libc_realloc(old, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  ++allocations;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** result, size_t alignment, size_t size) {
  ++allocations;
  *result = __libc_memalign(alignment, size);
  return *result == nullptr ? ENOMEM : 0;
}
}
#endif

namespace dpr {
namespace {

// Of the second call of `body`, the first having grown what there is to grow.
template <typename Body>
int64_t AllocationsOfTheSecondCall(const Body& body) {
  body();
  const int64_t before = allocations;
  body();
  return allocations - before;
}

class Allocations : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!DPR_COUNTS_ALLOCATIONS) GTEST_SKIP() << "a sanitizer's allocator is in use";
  }
};

TEST_F(Allocations, AreCounted) {
  EXPECT_GT(AllocationsOfTheSecondCall([] { std::free(std::malloc(1)); }), 0);
  EXPECT_GT(AllocationsOfTheSecondCall([] { std::vector<int>(100); }), 0);
  EXPECT_GT(AllocationsOfTheSecondCall([] { AlignedBuffer<float>(100); }), 0);
}

TEST_F(Allocations, AreNoneInASteadyForwardPass) {
  const Bert bert(BertWeights::FromFolder(testing::TestData() / "bert" / "four_heads"));
  PackedTokens large, small;
  for (const int64_t length : {33, 64, 1, 7, 50}) {
    large.Add(std::vector<int32_t>(static_cast<size_t>(length), 9));
  }
  small.Add(std::vector<int32_t>(12, 9));
  BertWorkspace workspace;
  for (const PackedTokens* batch : {&large, &small}) {
    EXPECT_EQ(AllocationsOfTheSecondCall([&] { bert.Forward(*batch, workspace); }), 0);
    EXPECT_EQ(AllocationsOfTheSecondCall([&] { bert.ForwardWide(*batch, workspace); }), 0);
    EXPECT_EQ(AllocationsOfTheSecondCall([&] { bert.ForwardFirstTokens(*batch, workspace); }), 0);
    EXPECT_EQ(AllocationsOfTheSecondCall([&] { bert.ForwardFirstTokensWide(*batch, workspace); }),
              0);
  }
}

TEST_F(Allocations, AreNoneInASteadyEncoder) {
  for (const char* name : {"dpr_pair", "st_mean", "st_cls", "st_dense"}) {
    const Retriever retriever = Retriever::Open(testing::TestData() / "encoder" / name);
    std::vector<std::string> texts(200);
    for (size_t i = 0; i < texts.size(); ++i) texts[i] = std::string(i % 50, 'a') + " king";
    PackedTokens tokens, one;
    retriever.passages().TokenizeTexts(texts, tokens);
    retriever.passages().TokenizeTexts(std::span(texts).first(1), one);
    Matrix vectors(200, retriever.dimensions());
    const auto encode = [&](const PackedTokens& some) {
      retriever.passages().EncodeTokens(some, vectors.view().rows_from(0, some.sequences()));
    };
    EXPECT_EQ(AllocationsOfTheSecondCall([&] { encode(one); }), 0) << name;
    // Where batches differ it is chance which thread's memory meets which, and so when all have met
    // the largest: one thread here, batches alike below.
    const int threads = ThreadCount();
    SetThreadCount(1);
    EXPECT_EQ(AllocationsOfTheSecondCall([&] { encode(tokens); }), 0) << name;
    SetThreadCount(threads);
  }
}

// Batches of one shape: each thread's memory grows when it meets the first, and never again.
TEST_F(Allocations, AreOnlyTheFirstOfEachThread) {
  const Retriever retriever = Retriever::Open(testing::TestData() / "encoder" / "st_mean");
  const std::vector<std::string> texts(3000, "king of the iron sea");
  PackedTokens tokens;
  retriever.passages().TokenizeTexts(texts, tokens);
  Matrix vectors(tokens.sequences(), retriever.dimensions());
  int calls_that_allocate = 0;
  for (int call = 0; call < 40; ++call) {
    const int64_t before = allocations;
    retriever.passages().EncodeTokens(tokens, vectors.view());
    calls_that_allocate += allocations > before ? 1 : 0;
  }
  // A thread whose first micro-batch is the short last one grows once more.
  EXPECT_LE(calls_that_allocate, 2 * ThreadCount());
}

// Code compiled at run time needs memory that may be executed.
int ExecutableMappings() {
  std::ifstream maps("/proc/self/maps");
  int count = 0;
  for (std::string range, modes, rest; maps >> range >> modes && std::getline(maps, rest);) {
    count += modes.find('x') != std::string::npos ? 1 : 0;
  }
  return count;
}

TEST(CompiledCode, IsNotMadeByTheEncoder) {
  const int before = ExecutableMappings();
  ASSERT_GT(before, 0);
  const Retriever retriever = Retriever::Open(testing::TestData() / "encoder" / "st_mean");
  std::vector<std::string> texts(300);
  for (size_t i = 0; i < texts.size(); ++i) texts[i] = std::string(i % 50, 'a') + " king";
  for (const size_t count : {size_t{1}, size_t{7}, size_t{300}}) {
    Matrix vectors(static_cast<int64_t>(count), retriever.dimensions());
    retriever.passages().EncodeTexts(std::span(texts).first(count), vectors.view());
  }
  EXPECT_EQ(ExecutableMappings(), before) << "no shape of batch compiles anything";
  Matrix x(64, 64), w(64, 64), y(64, 64);
  OnednnProduct(x.view(), w.view(), y.view(), Precision::kF32).Run();
  EXPECT_GT(ExecutableMappings(), before) << "a compiled kernel would have been seen";
}

}  // namespace
}  // namespace dpr
