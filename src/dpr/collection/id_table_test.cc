#include "dpr/collection/id_table.h"

#include <gtest/gtest.h>

#include <string>

#include "dpr/base/test_environment.h"

namespace dpr {
namespace {

TEST(IdTable, FindsEachIdInMemoryAndInAFile) {
  const testing::TemporaryFolder folder;
  for (const size_t most : {size_t{1}, size_t{64}, size_t{10000}}) {
    HashRuns ids(folder.path() / "runs", most);
    for (uint64_t i = 0; i < 5000; ++i) ids.Add("id" + std::to_string(i), 7 * i);
    const IdTable made(ids, folder.path() / "table", most);
    ASSERT_EQ(made.size(), 5000u);
    EXPECT_FALSE(made.repeated());
    std::vector<bool> places(made.size());
    for (uint64_t i = 0; i < 5000; ++i) {
      const auto place = made.Find("id" + std::to_string(i));
      ASSERT_TRUE(place.has_value());
      EXPECT_EQ(made.number(*place), 7 * i);
      places.at(*place) = true;
    }
    EXPECT_EQ(std::find(places.begin(), places.end(), false), places.end());
    EXPECT_EQ(made.Find("id5000"), std::nullopt);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "its files have no names";
  }
}

TEST(IdTable, SaysWhichIdIsThereTwice) {
  const testing::TemporaryFolder folder;
  for (const size_t most : {size_t{1}, size_t{100}}) {
    HashRuns ids(folder.path() / "runs", most);
    for (const uint64_t i : {1, 2, 3, 2, 4}) ids.Add(std::to_string(i), 10 * i + ids.count());
    const IdTable table(ids, folder.path() / "table", most);
    EXPECT_EQ(table.repeated(), std::pair(uint64_t{21}, uint64_t{23}));
    EXPECT_EQ(table.number(*table.Find("2")), 21u);
  }
  HashRuns none(folder.path() / "runs");
  const IdTable empty(none, folder.path() / "table");
  EXPECT_EQ(empty.Find("1"), std::nullopt);
}

}  // namespace
}  // namespace dpr
