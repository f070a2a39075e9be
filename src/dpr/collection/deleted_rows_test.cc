#include "dpr/collection/deleted_rows.h"

#include <gtest/gtest.h>

#include <set>

#include "dpr/base/error.h"
#include "dpr/base/random.h"
#include "dpr/base/test_environment.h"

namespace dpr {
namespace {

// The same with a set of numbers.
std::set<int64_t> RandomRows(uint64_t seed, int64_t below, int count) {
  const CounterRandom random(seed, 0);
  std::set<int64_t> rows;
  for (int i = 0; i < count; ++i) {
    rows.insert(
        static_cast<int64_t>(random.Below(static_cast<uint64_t>(i), static_cast<uint64_t>(below))));
  }
  return rows;
}

DeletedRows FromSet(const std::set<int64_t>& rows) {
  DeletedRows deleted;
  for (const int64_t row : rows) EXPECT_TRUE(deleted.Add(row));
  return deleted;
}

std::set<int64_t> ToSet(const DeletedRows& deleted, int64_t below) {
  std::set<int64_t> rows;
  for (int64_t row = 0; row < below; ++row) {
    if (deleted.Contains(row)) rows.insert(row);
  }
  return rows;
}

TEST(DeletedRows, HoldsWhatWasAdded) {
  DeletedRows deleted;
  EXPECT_TRUE(deleted.Add(70));
  EXPECT_FALSE(deleted.Add(70));
  EXPECT_TRUE(deleted.Contains(70));
  EXPECT_FALSE(deleted.Contains(6));
  EXPECT_FALSE(deleted.Contains(1000000)) << "beyond the bitmap";
  EXPECT_EQ(deleted.count(), 1);
}

TEST(DeletedRows, CountsAndReplacesLikeASet) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const int64_t below = 1 + static_cast<int64_t>(seed) * 17;
    const std::set<int64_t> rows = RandomRows(seed, below, static_cast<int>(seed) * 4);
    const DeletedRows deleted = FromSet(rows);
    const CounterRandom random(seed, 1);
    const auto begin = static_cast<int64_t>(random.Below(0, static_cast<uint64_t>(below)));
    const int64_t end =
        begin + static_cast<int64_t>(random.Below(1, static_cast<uint64_t>(below - begin + 1)));
    int64_t within = 0;
    for (const int64_t row : rows) within += row >= begin && row < end ? 1 : 0;
    EXPECT_EQ(deleted.CountWithin(begin, end), within);

    const int64_t live = end - begin - within;
    std::set<int64_t> moved;
    for (const int64_t row : rows) {
      if (row < begin) moved.insert(row);
      if (row >= end) moved.insert(row - (end - begin) + live);
    }
    const DeletedRows replaced = deleted.Replace(begin, end, live);
    EXPECT_EQ(ToSet(replaced, below + 64), moved) << seed;
    EXPECT_EQ(replaced.count(), static_cast<int64_t>(moved.size()));
  }
}

class DeletedFileTest : public ::testing::Test {
 protected:
  void Write(const DeletedRows& old_rows, const DeletedRows& new_rows) {
    const DeletedGeneration bitmaps[] = {{4, old_rows.words()}, {9, new_rows.words()}};
    WriteDeletedFile(path_, bitmaps);
  }
  ErrorCode CodeOfReading() {
    try {
      DeletedFile file(path_);
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(path_.string()), std::string::npos);
      return error.code();
    }
    ADD_FAILURE() << "read without an error";
    return ErrorCode::kIo;
  }
  testing::TemporaryFolder folder_;
  Path path_ = folder_.path() / "deleted";
};

TEST_F(DeletedFileTest, KeepsBothGenerations) {
  Write(FromSet({1, 200}), FromSet({1, 5, 200, 300}));
  const DeletedFile file(path_);
  EXPECT_EQ(ToSet(DeletedRows(file.Words(4).value()), 400), (std::set<int64_t>{1, 200}));
  EXPECT_EQ(ToSet(DeletedRows(file.Words(9).value()), 400), (std::set<int64_t>{1, 5, 200, 300}));
  EXPECT_FALSE(file.Words(5).has_value());
}

TEST_F(DeletedFileTest, EveryFlippedBitIsFound) {
  Write(FromSet({1, 200}), FromSet({1, 5}));
  const std::string good = ReadFile(path_);
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    WriteFileAtomically(path_, bad);
    EXPECT_EQ(CodeOfReading(), ErrorCode::kCorrupt) << bit;
  }
}

TEST_F(DeletedFileTest, EveryOtherLengthIsFound) {
  Write(FromSet({1, 200}), FromSet({1, 5}));
  const std::string good = ReadFile(path_);
  for (size_t size = 0; size < good.size(); ++size) {
    WriteFileAtomically(path_, good.substr(0, size));
    EXPECT_EQ(CodeOfReading(), ErrorCode::kCorrupt) << size;
  }
  WriteFileAtomically(path_, good + std::string(8, '\0'));
  EXPECT_EQ(CodeOfReading(), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace dpr
