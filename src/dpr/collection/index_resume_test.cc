// What becomes of a half-built segment when the next command is the same, or another; standard
// input; failures in the middle.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <thread>

#include "dpr/collection/test_errors.h"
#include "dpr/collection/test_kill.h"

namespace dpr {
namespace {

using testing::Contents;
using testing::DriverCommand;
using testing::ErrorOf;
using testing::FingerprintOf;
using ::testing::HasSubstr;
using testing::Index;
using ::testing::IsEmpty;
using testing::JsonLines;
using testing::kKilled;
using testing::Leftovers;
using testing::Process;

namespace fs = std::filesystem;

// Remembers what it was told.
class Notes : public NoProgress {
 public:
  void Note(const std::string& text) override { text_ += text + "\n"; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Counts what it encodes.
class CountingEncoder : public testing::HashEncoder {
 public:
  EncodeCounts Encode(std::span<const Passage> passages, FloatView out) const override {
    count_ += passages.size();
    return HashEncoder::Encode(passages, out);
  }
  size_t count() const { return count_; }

 private:
  mutable size_t count_ = 0;
};

class IndexResumeTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { testing::UseMemoryForTemporaryFolders(); }

  Path Source(const std::string& name, const std::string& content) {
    return folder_.Write(name, content);
  }

  // Blocks of 10, segments of 100; killed when `blocks` blocks are kept.
  void Interrupt(const std::vector<std::string>& sources, int blocks,
                 const std::string& flag = "-") {
    std::vector<std::string> arguments = {"index", collection_, "100", "10", "0", flag};
    arguments.insert(arguments.end(), sources.begin(), sources.end());
    const Process process(DriverCommand(arguments),
                          {"DPR_KILL_AT=block.committed:" + std::to_string(blocks)});
    ASSERT_EQ(process.Wait(), kKilled);
    ASSERT_TRUE(fs::exists(collection_ / "building"));
  }

  IndexReport GoOn(const std::vector<Path>& sources, bool replace = false) {
    IndexOptions options;
    options.segment_passages = 100;
    options.block_passages = 10;
    options.replace = replace;
    return IndexPassages(collection_, ListSources(sources), &encoder_, options, notes_);
  }

  testing::TemporaryFolder folder_;
  Path collection_ = folder_.path() / "c.dpr";
  CountingEncoder encoder_;
  Notes notes_;
};

TEST_F(IndexResumeTest, WhatIsKeptIsNotEncodedAgain) {
  const Path a = Source("a.jsonl", JsonLines("a", 95));
  Interrupt({a}, 7);
  EXPECT_EQ(GoOn({a}).added, 95);
  EXPECT_EQ(encoder_.count(), 25u);
  EXPECT_THAT(notes_.text(), HasSubstr("70 passages"));
  EXPECT_EQ(Contents(collection_).size(), 95u);
}

TEST_F(IndexResumeTest, AFullSegmentIsNotEncodedAgainWhereverTheKillWas) {
  const Path a = Source("a.jsonl", JsonLines("a", 130));
  for (const char* moment : {"segment.vectors:1", "segment.closed:1", "segment.described:1",
                             "segment.renamed:1", "manifest.written:2"}) {
    fs::remove_all(collection_);
    const Process process(DriverCommand({"index", collection_, "100", "10", "0", "-", a}),
                          {std::string("DPR_KILL_AT=") + moment});
    ASSERT_EQ(process.Wait(), kKilled) << moment;
    const size_t before = encoder_.count();
    GoOn({a});
    EXPECT_EQ(encoder_.count() - before, 30u) << moment;
    EXPECT_EQ(Contents(collection_).size(), 130u);
  }
}

TEST_F(IndexResumeTest, AnotherCommandIsRefusedAndNothingIsLost) {
  const Path a = Source("a.jsonl", JsonLines("a", 95));
  const Path b = Source("b.jsonl", JsonLines("b", 5));
  Interrupt({a}, 7);
  const Error error = ErrorOf([&] { GoOn({b}); });
  EXPECT_EQ(error.code(), ErrorCode::kMismatch);
  EXPECT_THAT(error.what(), HasSubstr("70 passages"));
  EXPECT_THAT(error.what(), HasSubstr(a.string()));
  EXPECT_THAT(error.where(), HasSubstr("building"));
  GoOn({a});
  EXPECT_EQ(encoder_.count(), 25u);
  GoOn({b});
  EXPECT_EQ(Contents(collection_).size(), 100u);
}

TEST_F(IndexResumeTest, ACommandWithNothingToDoLeavesItAlone) {
  const Path a = Source("a.jsonl", JsonLines("a", 95));
  const Path b = Source("b.jsonl", JsonLines("b", 5));
  GoOn({b});
  Interrupt({a}, 7);
  EXPECT_EQ(GoOn({b}).unchanged_sources, 1);
  EXPECT_TRUE(fs::exists(collection_ / "building"));
}

TEST_F(IndexResumeTest, PassagesOfAFileThatChangedAreDroppedAndNeverMixed) {
  const Path a = Source("a.jsonl", JsonLines("a", 95));
  Interrupt({a}, 7);
  Source("a.jsonl", JsonLines("a", 95, " new"));
  GoOn({a});
  EXPECT_EQ(encoder_.count(), 95u);
  EXPECT_THAT(notes_.text(), HasSubstr("dropped 70 passages"));
  for (const auto& [id, held] : Contents(collection_)) {
    EXPECT_THAT(held.text, HasSubstr(" new"));
  }
}

TEST_F(IndexResumeTest, PassagesOfAFileThatIsGoneAreDropped) {
  const Path a = Source("a.jsonl", JsonLines("a", 95));
  const Path b = Source("b.jsonl", JsonLines("b", 5));
  Interrupt({a, b}, 7);
  fs::remove(a);
  GoOn({b});
  EXPECT_EQ(Contents(collection_).size(), 5u);
}

TEST_F(IndexResumeTest, TheSourcesBeforeTheOneThatChangedAreKept) {
  const Path a = Source("a.jsonl", JsonLines("a", 33));
  const Path b = Source("b.jsonl", JsonLines("b", 20));
  const Path c = Source("c.jsonl", JsonLines("c", 20));
  Interrupt({a, b, c}, 6);
  Source("b.jsonl", JsonLines("b", 25, " new"));
  EXPECT_EQ(GoOn({a, b, c}).added, 33 + 25 + 20);
  EXPECT_EQ(encoder_.count(), 25u + 20u);
  EXPECT_THAT(notes_.text(), HasSubstr("dropped 27 passages"));
  const Path fresh = folder_.path() / "fresh";
  Index(fresh, {a, b, c});
  EXPECT_EQ(FingerprintOf(collection_), FingerprintOf(fresh));
  EXPECT_EQ(Contents(collection_), Contents(fresh));
}

TEST_F(IndexResumeTest, ADuplicateIsFoundBeforeAnythingIsEncoded) {
  const Path a = Source("a.jsonl", JsonLines("a", 33));
  const Path b = Source("b.jsonl", JsonLines("b", 30) + JsonLines("a", 1));
  EXPECT_EQ(ErrorOf([&] { GoOn({a, b}); }).code(), ErrorCode::kExists);
  EXPECT_EQ(encoder_.count(), 0u);
  EXPECT_FALSE(fs::exists(collection_));
  GoOn({a});
  EXPECT_EQ(ErrorOf([&] { GoOn({b}); }).code(), ErrorCode::kExists) << "of the collection's";
  EXPECT_EQ(encoder_.count(), 33u);
}

TEST_F(IndexResumeTest, DeletingAndCompactingInBetweenDoNoHarm) {
  const Path a = Source("a.jsonl", JsonLines("a", 95));
  GoOn({a});
  const Path b = Source("b.jsonl", JsonLines("b", 30) + JsonLines("a", 50, " new"));
  Interrupt({b}, 6, "replace");
  const std::vector<std::string> ids = {"a0", "a60"};
  DeletePassages(collection_, ids);
  NoProgress progress;
  CompactCollection(collection_, progress, 100);
  EXPECT_EQ(Contents(collection_).size(), 93u);
  const IndexReport report = GoOn({b}, true);
  EXPECT_EQ(report.replaced, 49);
  EXPECT_EQ(report.added, 31);
  const auto contents = Contents(collection_);
  EXPECT_EQ(contents.size(), 95u - 1 + 30);
  EXPECT_EQ(contents.at("a0").text, "text of a0 new");
  EXPECT_EQ(contents.at("a49").text, "text of a49 new");
  EXPECT_EQ(contents.at("a50").text, "text of a50");
  EXPECT_THAT(Collection::Verify(collection_, progress), IsEmpty());
}

TEST_F(IndexResumeTest, AnInterruptedReplaceNeedsReplaceAgain) {
  const Path a = Source("a.jsonl", JsonLines("a", 50));
  GoOn({a});
  const Path b = Source("b.jsonl", JsonLines("a", 50, " new"));
  Interrupt({b}, 2, "replace");
  EXPECT_EQ(ErrorOf([&] { GoOn({b}); }).code(), ErrorCode::kExists);
  EXPECT_EQ(GoOn({b}, true).replaced, 50);
  EXPECT_EQ(encoder_.count(), 50u + 30u);
}

TEST_F(IndexResumeTest, OtherOptionsForAHalfReadDocumentAreRefused) {
  std::string words;
  for (int i = 0; i < 50000; ++i) words += "word" + std::to_string(i) + " ";
  const Path a = Source("a.txt", words);
  const Process process(DriverCommand({"index", collection_, "100", "10", "0", "-", a}),
                        {"DPR_KILL_AT=manifest.written:3"});
  ASSERT_EQ(process.Wait(), kKilled);
  EXPECT_EQ(Contents(collection_).size(), 200u);
  IndexOptions options;
  options.words = 50;
  const Error error = ErrorOf([&] { Index(collection_, {a}, options); });
  EXPECT_EQ(error.code(), ErrorCode::kMismatch);
  EXPECT_THAT(error.what(), HasSubstr("words 100"));
  GoOn({a});
  EXPECT_EQ(Contents(collection_).size(), 500u);
}

TEST_F(IndexResumeTest, ABadRecordStopsBeforeAnythingAndSkippingItGoesOn) {
  const Path a = Source("a.jsonl", JsonLines("a", 20));
  GoOn({a});
  const Path bad = Source("bad.jsonl", JsonLines("b", 50) + "{nonsense\n" + JsonLines("c", 10));
  EXPECT_THAT(ErrorOf([&] { GoOn({bad}); }).where(), HasSubstr("line 51"));
  EXPECT_EQ(encoder_.count(), 20u) << "found before encoding";
  EXPECT_EQ(Contents(collection_).size(), 20u);
}

TEST_F(IndexResumeTest, AFailingEncoderLeavesWhatWasDone) {
  class Failing : public testing::HashEncoder {
   public:
    EncodeCounts Encode(std::span<const Passage> passages, FloatView out) const override {
      if (passages[0].id == "a70") throw Error(ErrorCode::kInvalid, "cannot encode");
      return HashEncoder::Encode(passages, out);
    }
  };
  const Path a = Source("a.jsonl", JsonLines("a", 95));
  IndexOptions options;
  options.block_passages = 10;
  EXPECT_EQ(ErrorOf([&] { Index(collection_, {a}, options, Failing()); }).problem(),
            "cannot encode");
  EXPECT_EQ(GoOn({a}).added, 95);
  EXPECT_EQ(encoder_.count(), 25u);
}

// Standard input and pipes are read once, and are known by what they gave.
TEST_F(IndexResumeTest, PipesAreSpooled) {
  const Path pipe = folder_.path() / "pipe.jsonl";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const auto index_pipe = [&] {
    std::thread writer([&] { std::ofstream(pipe) << JsonLines("p", 30); });
    const SourceFile source = {pipe, "pipe", "", "pipe.jsonl", SourceFormat::kJsonl};
    IndexOptions options;
    const testing::HashEncoder encoder;
    const IndexReport report = IndexPassages(collection_, {source}, &encoder, options, notes_);
    writer.join();
    return report;
  };
  EXPECT_EQ(index_pipe().added, 30);
  EXPECT_EQ(index_pipe().unchanged_sources, 1);
  EXPECT_THAT(Leftovers(collection_), IsEmpty());
}

// A file system of `megabytes`, or none where the test may not mount one.
class SmallDisk {
 public:
  SmallDisk(const Path& path, int kilobytes) : path_(path) {
    fs::create_directories(path);
    const std::string options = "size=" + std::to_string(kilobytes) + "k";
    mounted_ = ::mount("tmpfs", path.c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  void Grow(int kilobytes) const {
    const std::string options = "size=" + std::to_string(kilobytes) + "k";
    EXPECT_EQ(::mount("tmpfs", path_.c_str(), "tmpfs", MS_REMOUNT, options.c_str()), 0);
  }

 private:
  Path path_;
  bool mounted_ = false;
};

TEST_F(IndexResumeTest, AFullDiskIsSaidAndTheSameCommandGoesOn) {
  const Path a = Source("a.jsonl", JsonLines("a", 4000));
  const Path fresh = folder_.path() / "fresh";
  Index(fresh, {a});
  int failures = 0;
  for (int kilobytes = 16; kilobytes <= 1600; kilobytes += 72) {
    const SmallDisk disk(folder_.path() / "disk", kilobytes);
    if (!disk.mounted()) GTEST_SKIP() << "mounting a small file system needs root";
    collection_ = folder_.path() / "disk" / "c.dpr";
    IndexOptions options;
    options.segment_passages = 1500;
    options.block_passages = 100;
    try {
      Index(collection_, {a}, options);
    } catch (const Error& error) {
      ++failures;
      EXPECT_EQ(error.code(), ErrorCode::kNoSpace) << error.what();
      EXPECT_THAT(error.where(), HasSubstr(collection_.string()));
      EXPECT_THAT(error.hint(), HasSubstr("same command"));
    }
    disk.Grow(16000);
    Index(collection_, {a}, options);
    EXPECT_EQ(FingerprintOf(collection_), FingerprintOf(fresh)) << kilobytes;
    EXPECT_THAT(Leftovers(collection_), IsEmpty());
  }
  EXPECT_GT(failures, 5);
}

TEST_F(IndexResumeTest, AFullDiskDoesNotHarmACollectionThatIsCompacted) {
  const Path a = Source("a.jsonl", JsonLines("a", 3000));
  const SmallDisk disk(folder_.path() / "disk", 16000);
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small file system needs root";
  collection_ = folder_.path() / "disk" / "c.dpr";
  Index(collection_, {a}, testing::SmallSegments(1000));
  std::vector<std::string> ids;
  for (int i = 0; i < 3000; i += 2) ids.push_back("a" + std::to_string(i));
  DeletePassages(collection_, ids);
  const std::string fingerprint = FingerprintOf(collection_);
  const fs::space_info space = fs::space(collection_);
  disk.Grow(static_cast<int>((space.capacity - space.free) >> 10) + 100);
  NoProgress progress;
  EXPECT_EQ(ErrorOf([&] { CompactCollection(collection_, progress); }).code(), ErrorCode::kNoSpace);
  EXPECT_EQ(FingerprintOf(collection_), fingerprint);
  EXPECT_THAT(Collection::Verify(collection_, progress), IsEmpty());
  disk.Grow(16000);
  CompactCollection(collection_, progress);
  EXPECT_EQ(FingerprintOf(collection_), fingerprint);
  EXPECT_THAT(Leftovers(collection_), IsEmpty());
}

TEST_F(IndexResumeTest, AReadOnlyDiskIsSaidAndCanStillBeRead) {
  const Path a = Source("a.jsonl", JsonLines("a", 30));
  const SmallDisk disk(folder_.path() / "disk", 16000);
  if (!disk.mounted()) GTEST_SKIP() << "mounting a file system needs root";
  collection_ = folder_.path() / "disk" / "c.dpr";
  Index(collection_, {a});
  ASSERT_EQ(
      ::mount("tmpfs", (folder_.path() / "disk").c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr),
      0);
  const Error error = ErrorOf([&] { Index(collection_, {a}); });
  EXPECT_EQ(error.code(), ErrorCode::kPermission);
  EXPECT_THAT(error.where(), HasSubstr(collection_.string()));
  EXPECT_EQ(Contents(collection_).size(), 30u);
}

}  // namespace
}  // namespace dpr
