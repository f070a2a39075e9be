#include "dpr/collection/repeated_ids.h"

#include <gmock/gmock.h>

#include <map>
#include <set>
#include <string>

#include "dpr/base/random.h"
#include "dpr/base/test_environment.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Pairs = std::set<std::pair<uint64_t, uint64_t>>;

Pairs Repeated(RepeatedIds& ids) {
  Pairs pairs;
  ids.ForEach([&](uint64_t first, uint64_t again) { pairs.insert({first, again}); });
  return pairs;
}

TEST(RepeatedIds, EachTimeIsGivenWithTheFirst) {
  const testing::TemporaryFolder folder;
  RepeatedIds none(folder.path() / "ids"), ids(folder.path() / "ids");
  EXPECT_THAT(Repeated(none), IsEmpty());
  for (const char* id : {"a", "b", "a", "", "c", "b", "a", "ab"}) ids.Add(id);
  EXPECT_THAT(Repeated(ids), ElementsAre(std::pair(0u, 2u), std::pair(0u, 6u), std::pair(1u, 5u)));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "ids")) << "few need no file";
}

// Against the obvious map, with runs of every size, full ones and cut ones.
TEST(RepeatedIds, ThoseInAFileAreFoundLikeThoseInMemory) {
  const testing::TemporaryFolder folder;
  const Path spill = folder.path() / "spool" / "ids";
  const CounterRandom random(3, 0);
  for (const size_t most : {size_t{1}, size_t{7}, size_t{100}, size_t{999}, size_t{5000}}) {
    for (const uint64_t count : {most, most + 1, 10 * most, uint64_t{9000}}) {
      RepeatedIds ids(spill, most);
      std::map<std::string, uint64_t> first;
      Pairs expected;
      for (uint64_t i = 0; i < std::min(count, uint64_t{9000}); ++i) {
        const std::string id = std::to_string(random.Bits(i) % 4000);
        ids.Add(id);
        const auto [found, fresh] = first.emplace(id, i);
        if (!fresh) expected.insert({found->second, i});
      }
      EXPECT_EQ(Repeated(ids), expected) << most << " at once, " << count;
    }
    EXPECT_FALSE(std::filesystem::exists(spill));
  }
}

}  // namespace
}  // namespace dpr
