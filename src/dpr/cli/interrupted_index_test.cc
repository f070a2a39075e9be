// The program, with a real BERT, killed or out of disk in the middle of its work: the collection
// stays whole, and the same command ends where an undisturbed one does, with the same vectors to
// the byte. (What happens at each single step: collection/kill_test.cc.)
#include <gmock/gmock.h>

#include "dpr/cli/run_program_for_test.h"
#include "dpr/collection/test_kill.h"

namespace dpr::cli {
namespace {

using dpr::testing::DriverCommand;
using dpr::testing::JsonLines;
using dpr::testing::kKilled;
using dpr::testing::Process;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ProgramResult;
using testing::RunDpr;

namespace fs = std::filesystem;

std::string Model() { return (dpr::testing::TestData() / "encoder" / "st_mean").string(); }

class InterruptedIndexTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { dpr::testing::UseMemoryForTemporaryFolders(); }

  std::string At(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string Source(const std::string& name, int passages) const {
    return folder_.Write(name + ".jsonl", JsonLines(name, passages)).string();
  }
  static int Run(std::vector<std::string> arguments, const std::string& environment = "A=") {
    arguments.emplace_back("--quiet");
    return Process(DriverCommand(arguments), {environment}).Wait();
  }
  void Restore() const {
    fs::remove_all(At("c.dpr"));
    if (fs::exists(At("before"))) fs::copy(At("before"), At("c.dpr"), fs::copy_options::recursive);
  }
  void CheckWhole() const {
    if (!fs::exists(At("c.dpr/collection.json"))) return;
    NoProgress progress;
    EXPECT_THAT(Collection::Verify(At("c.dpr"), progress), IsEmpty());
  }

  // Killed at five moments spread evenly over all that `arguments` does to `before`.
  void KillFiveTimes(const std::vector<std::string>& arguments) {
    Restore();
    ASSERT_EQ(Run(arguments, "DPR_KILL_COUNT=" + At("counts")), 0);
    const std::string fingerprint = dpr::testing::FingerprintOf(At("c.dpr"));
    const std::string vectors = dpr::testing::VectorBytes(At("c.dpr"));
    int moments = 0;
    for (const auto& [name, count] : dpr::testing::ReadKillCounts(At("counts"))) moments += count;
    ASSERT_GE(moments, 5);
    for (int kill = 0; kill < 5; ++kill) {
      const int moment = 1 + (moments - 1) * kill / 4;
      SCOPED_TRACE(arguments[0] + ", moment " + std::to_string(moment));
      Restore();
      ASSERT_EQ(Run(arguments, "DPR_KILL_AT=*:" + std::to_string(moment)), kKilled);
      CheckWhole();
      ASSERT_EQ(Run(arguments), 0);
      CheckWhole();
      EXPECT_EQ(dpr::testing::FingerprintOf(At("c.dpr")), fingerprint);
      EXPECT_TRUE(dpr::testing::VectorBytes(At("c.dpr")) == vectors) << "vectors differ";
      EXPECT_THAT(dpr::testing::Leftovers(At("c.dpr")), IsEmpty());
      ++kills_;
    }
  }

  dpr::testing::TemporaryFolder folder_;
  int kills_ = 0;
};

TEST_F(InterruptedIndexTest, TwentyKillsChangeNothing) {
  const std::string collection = At("c.dpr");
  KillFiveTimes({"index", Source("first", 5000), "-o", collection, "--model", Model(), "--bm25"});
  for (int i = 0; i < 9; ++i) {
    const std::string name = "p" + std::to_string(i) + "-";
    ASSERT_EQ(Run({"index", Source(name, 300), "-o", collection}), 0);
  }
  fs::rename(collection, At("before"));
  KillFiveTimes({"index", Source("append", 3000), "-o", collection});
  const Collection appended = Collection::Open(collection);
  EXPECT_GE(std::distance(fs::directory_iterator(collection + "/segments"), {}), 10);
  KillFiveTimes({"delete", collection, "first7", "p3-1", "p8-299"});
  fs::remove_all(At("before"));
  fs::rename(collection, At("before"));
  KillFiveTimes({"compact", collection});
  EXPECT_EQ(kills_, 20);
}

// A limit on the size of files stands for a full disk: it needs no root, and meets each file in
// the middle of its growth.
TEST_F(InterruptedIndexTest, AFullDiskHarmsNothingAndTheSameCommandGoesOn) {
  const std::string more = Source("more", 5000);
  const std::string collection = At("c.dpr");
  ASSERT_EQ(Run({"index", Source("first", 100), "-o", collection, "--model", Model()}), 0);
  fs::rename(collection, At("before"));
  const std::vector<std::string> command = {"index", more, "-o", collection, "--quiet"};
  Restore();
  ASSERT_EQ(Run(command), 0);
  const std::string fingerprint = dpr::testing::FingerprintOf(collection);
  const std::string vectors = dpr::testing::VectorBytes(collection);
  int failures = 0;
  for (const int blocks : {16, 64, 200, 500, 900, 1300}) {  // of 512 bytes
    Restore();
    const ProgramResult full = RunDpr(command, "", "ulimit -f " + std::to_string(blocks) + ";");
    CheckWhole();
    if (full.exit_code != 0) {
      ++failures;
      EXPECT_EQ(full.exit_code, 1);
      EXPECT_THAT(full.err, HasSubstr(collection));
      EXPECT_THAT(full.err, HasSubstr("give the same command again"));
    }
    ASSERT_EQ(Run(command), 0);
    EXPECT_EQ(dpr::testing::FingerprintOf(collection), fingerprint) << blocks;
    EXPECT_TRUE(dpr::testing::VectorBytes(collection) == vectors) << blocks;
    EXPECT_THAT(dpr::testing::Leftovers(collection), IsEmpty());
  }
  EXPECT_GE(failures, 4);
}

}  // namespace
}  // namespace dpr::cli
