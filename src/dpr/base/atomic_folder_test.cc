#include "dpr/base/atomic_folder.h"

#include <gtest/gtest.h>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"

namespace dpr {
namespace {

TEST(AtomicFolder, AppearsWholeAtCommit) {
  const testing::TemporaryFolder parent;
  const Path path = parent.path() / "model";
  AtomicFolder folder(path);
  WriteFileAtomically(folder.temporary() / "a", "1");
  EXPECT_FALSE(std::filesystem::exists(path));
  folder.Commit();
  EXPECT_EQ(ReadFile(path / "a"), "1");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path), {}), 1);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(parent.path()), {}), 1);
}

TEST(AtomicFolder, LeavesNothingWithoutCommit) {
  const testing::TemporaryFolder parent;
  { WriteFileAtomically(AtomicFolder(parent.path() / "model/").temporary() / "a", "1"); }
  EXPECT_TRUE(std::filesystem::is_empty(parent.path()));
}

TEST(AtomicFolder, ClearsWhatAKillLeft) {
  const testing::TemporaryFolder parent;
  parent.Write("model.tmp/half/a", "1");
  parent.Write("model.tmp/being-written.lock", "");
  AtomicFolder(parent.path() / "model").Commit();
  EXPECT_TRUE(std::filesystem::is_empty(parent.path() / "model"));
}

TEST(AtomicFolder, RefusesWhatIsThere) {
  const testing::TemporaryFolder parent;
  parent.Write("model/a", "1");
  parent.Write("file", "1");
  std::filesystem::create_directory(parent.path() / "empty");
  EXPECT_THROW(AtomicFolder(parent.path() / "model"), Error);
  EXPECT_THROW(AtomicFolder(parent.path() / "file"), Error);
  EXPECT_NO_THROW(AtomicFolder(parent.path() / "empty").Commit());
  EXPECT_EQ(ReadFile(parent.path() / "model" / "a"), "1");
}

}  // namespace
}  // namespace dpr
