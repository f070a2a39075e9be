// Files as others see them: whole or not at all, and errors that name the path.
#include "dpr/base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/base/test_without_root.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;

ErrorCode CodeOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "no error";
  return ErrorCode::kIo;
}

TEST(File, ReadsWhatWasWritten) {
  const testing::TemporaryFolder folder;
  const Path path = folder.path() / "a";
  {
    File file = File::Create(path);
    file.Write("hello ");
    file.Write("world");
    EXPECT_EQ(file.size(), 11u);
    file.Truncate(5);
  }
  EXPECT_EQ(ReadFile(path), "hello");
  File::OpenForAppending(path).Write("!");
  EXPECT_EQ(ReadFile(path), "hello!");
  EXPECT_EQ(FileSize(path), 6u);
}

TEST(File, ReadAtReadsAllOrSaysWhereTheFileEnds) {
  const testing::TemporaryFolder folder;
  const File file = File::OpenForReading(folder.Write("a", "0123456789"));
  std::string bytes(4, '\0');
  file.ReadAt(6, std::as_writable_bytes(std::span(bytes)));
  EXPECT_EQ(bytes, "6789");
  try {
    file.ReadAt(7, std::as_writable_bytes(std::span(bytes)));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_THAT(error.what(), HasSubstr("byte 10"));
  }
}

TEST(File, MovesKeepTheDescriptorOpenOnce) {
  const testing::TemporaryFolder folder;
  File first = File::OpenForReading(folder.Write("a", "abc"));
  File second = std::move(first);
  File third = File::OpenForReading(folder.Write("b", "xyz"));
  third = std::move(second);
  std::byte byte;
  EXPECT_EQ(third.Read({&byte, 1}), 1u);
  EXPECT_EQ(byte, std::byte{'a'});
  EXPECT_EQ(third.path(), folder.path() / "a");
}

TEST(File, OpensAgainWhatWasRemoved) {
  const testing::TemporaryFolder folder;
  const File file = File::OpenForReading(folder.Write("a", "content"));
  RemoveAll(folder.path() / "a");
  File again = file.OpenAgain();
  std::byte bytes[7];
  EXPECT_EQ(again.Read(bytes), 7u);
  EXPECT_EQ(std::memcmp(bytes, "content", 7), 0);
  const int descriptor = again.Release();
  EXPECT_EQ(again.descriptor(), -1);
  EXPECT_EQ(::close(descriptor), 0);
}

TEST(File, ErrorsHaveACodeAndNameThePath) {
  const testing::TemporaryFolder folder;
  const Path missing = folder.path() / "missing";
  EXPECT_EQ(CodeOf([&] { File::OpenForReading(missing); }), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf([&] { File::OpenForReading(folder.path()); }), ErrorCode::kInvalid);
  EXPECT_EQ(CodeOf([&] { File::Create(folder.path()); }), ErrorCode::kInvalid);
  EXPECT_EQ(CodeOf([&] { File::Create(missing / "below"); }), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf([&] { CreateFolder(folder.Write("file", "")); }), ErrorCode::kInvalid);
  EXPECT_EQ(CodeOf([&] { ReadFile(folder.Write("large", "12345"), 4); }), ErrorCode::kInvalid);
  try {
    File::OpenForReading(missing);
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(missing.string()));
  }
}

TEST(File, ADeniedFileSaysSo) {
  const testing::TemporaryFolder folder;
  const Path path = folder.Write("a", "x"), open = folder.Write("b", "x");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0555));
  const testing::WithoutRoot nobody;
  EXPECT_NO_THROW(File::OpenForReading(open));
  EXPECT_EQ(CodeOf([&] { File::OpenForReading(path); }), ErrorCode::kPermission);
  EXPECT_EQ(CodeOf([&] { File::Create(folder.path() / "c"); }), ErrorCode::kPermission);
}

TEST(File, AFullDiskSaysSo) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  EXPECT_EQ(CodeOf([] { File::OpenForAppending("/dev/full").Write("x"); }), ErrorCode::kNoSpace);
}

TEST(MappedFile, ShowsTheWholeFile) {
  const testing::TemporaryFolder folder;
  const std::string content(10000, 'x');
  MappedFile mapped(folder.Write("a", content));
  EXPECT_EQ(mapped.text(), content);
  mapped.Release(0, content.size());
  mapped.Release(5, 3);
  EXPECT_EQ(mapped.text(), content) << "what was released is read again";
  MappedFile other = std::move(mapped);
  EXPECT_EQ(other.text(), content);
  EXPECT_TRUE(mapped.bytes().empty());  // NOLINT(bugprone-use-after-move): the promise under test
  EXPECT_TRUE(MappedFile(folder.Write("empty", "")).bytes().empty());
}

TEST(AtomicFile, AppearsAtCommitAndNotBefore) {
  const testing::TemporaryFolder folder;
  const Path path = folder.Write("a", "old");
  AtomicFile file(path);
  file.file().Write("new");
  EXPECT_EQ(ReadFile(path), "old");
  file.Commit();
  EXPECT_EQ(ReadFile(path), "new");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(AtomicFile, WithoutCommitNothingIsLeftBehind) {
  const testing::TemporaryFolder folder;
  { AtomicFile(folder.path() / "a").file().Write("new"); }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(AtomicFile, RefusesASecondWriterOfTheSamePath) {
  const testing::TemporaryFolder folder;
  const Path path = folder.path() / "a";
  AtomicFile first(path);
  first.file().Write("first");
  try {
    const AtomicFile second(path);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBusy);
    EXPECT_THAT(error.where(), HasSubstr(path.string()));
  }
  first.Commit();
  EXPECT_EQ(ReadFile(path), "first");
}

TEST(AtomicFile, UsesAgainWhatAKillLeft) {
  const testing::TemporaryFolder folder;
  folder.Write("a.tmp", "left by a process that was killed");
  AtomicFile file(folder.path() / "a");
  file.file().Write("new");
  file.Commit();
  EXPECT_EQ(ReadFile(folder.path() / "a"), "new");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "a.tmp"));
}

TEST(FileLock, OnlyOneHolderAtATime) {
  const testing::TemporaryFolder folder;
  const Path path = folder.path() / "lock";
  {
    const FileLock lock(path, "the collection");
    try {
      const FileLock second(path, "the collection");
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBusy);
      EXPECT_THAT(error.what(), HasSubstr("the collection"));
    }
  }
  const FileLock again(path, "the collection");
}

TEST(Folders, AreCreatedWithParentsAndRemovedWithContent) {
  const testing::TemporaryFolder folder;
  const Path deep = folder.path() / "a" / "b" / "c";
  CreateFolder(deep);
  CreateFolder(deep);
  WriteFileAtomically(deep / "file", "x");
  RemoveAll(folder.path() / "a");
  RemoveAll(folder.path() / "a");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(RenameDurably, ReplacesTheTarget) {
  const testing::TemporaryFolder folder;
  const Path from = folder.Write("from", "new"), to = folder.Write("to", "old");
  RenameDurably(from, to);
  EXPECT_EQ(ReadFile(to), "new");
  EXPECT_FALSE(std::filesystem::exists(from));
  EXPECT_EQ(CodeOf([&] { RenameDurably(from, to); }), ErrorCode::kNotFound);
}

TEST(File, UnnamedIsNowhereAndCanBeMapped) {
  MappedFile mapped;
  {
    File file = File::Unnamed();
    file.Write("content");
    EXPECT_FALSE(std::filesystem::exists(file.path()));
    mapped = MappedFile(file);
  }
  EXPECT_EQ(mapped.text(), "content");
}

}  // namespace
}  // namespace dpr
