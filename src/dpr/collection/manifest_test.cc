#include "dpr/collection/manifest.h"

#include <gmock/gmock.h>

#include "dpr/base/test_environment.h"
#include "dpr/collection/sealed_json.h"
#include "dpr/collection/segment_file.h"
#include "dpr/collection/test_errors.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;

Manifest Example() {
  Manifest manifest;
  manifest.generation = 12;
  manifest.next_segment = 4;
  manifest.next_source = 3;
  manifest.encoder = EncoderRecord{
      "/models/a \"b\"", "{\"max_length\":256}", "0123", "f32", Similarity::kCosine, 384};
  manifest.segments = {{"000001", 200}, {"000003", 17}};
  manifest.deleted = {11, 5};
  manifest.sources = {
      {1, "docs/\n  \"sources\": [.txt", "aa", "words 100, overlap 0", 200, 0, true},
      {2, "b.tsv", "bb", "", 17, 3, false}};
  return manifest;
}

Error ErrorOf(std::string_view text) {
  return testing::ErrorOf(
      [&] { ParseManifest(text, "c.dpr/collection.json", ManifestParts::kAll); });
}

TEST(Manifest, IsReadAsWritten) {
  const std::string text = ManifestText(Example());
  const Manifest manifest = ParseManifest(text, "m", ManifestParts::kAll);
  EXPECT_EQ(ManifestText(manifest), text);
  EXPECT_EQ(manifest.rows(), 217);
  EXPECT_EQ(manifest.passages(), 212);
  EXPECT_EQ(manifest.sources.at(0).key, Example().sources[0].key);
  EXPECT_EQ(manifest.sources.at(1).bad_records, 3);
  EXPECT_EQ(manifest.encoder->similarity, Similarity::kCosine);
}

TEST(Manifest, IsReadWithoutItsSources) {
  const Manifest manifest =
      ParseManifest(ManifestText(Example()), "m", ManifestParts::kWithoutSources);
  EXPECT_TRUE(manifest.sources.empty());
  EXPECT_EQ(manifest.rows(), 217);
  EXPECT_EQ(manifest.deleted->generation, 11);
}

TEST(Manifest, EveryFlippedBitIsFound) {
  const std::string good = ManifestText(Example());
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const Error error = ErrorOf(bad);
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << bit;
    EXPECT_EQ(error.where(), "c.dpr/collection.json");
  }
}

TEST(Manifest, EveryOtherLengthIsFound) {
  const std::string good = ManifestText(Example());
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(ErrorOf(good.substr(0, size)).code(), ErrorCode::kCorrupt) << size;
  }
  EXPECT_EQ(ErrorOf(good + "\n").code(), ErrorCode::kCorrupt);
}

TEST(Manifest, AnotherVersionIsRefusedWithWhatToDo) {
  const Error error =
      ErrorOf(SealJson("{\n  \"format\": \"dpr collection\",\n  \"version\": 2,\n  \"x\": 1\n}"));
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_THAT(error.what(), HasSubstr("version 2"));
  EXPECT_THAT(error.hint(), HasSubstr("index the sources again"));
}

TEST(Manifest, SealedNonsenseIsRefused) {
  const std::string begin = "{\n  \"format\": \"dpr collection\",\n  \"version\": 1";
  for (const char* rest : {
           "\n}",
           ",\n  \"generation\": -1\n}",
           ",\n  \"generation\": \"1\"\n}",
           ",\n  \"generation\": 1, \"next_segment\": 1e300\n}",
           ", nonsense\n}",
       }) {
    EXPECT_EQ(ErrorOf(SealJson(begin + rest)).code(), ErrorCode::kCorrupt) << rest;
  }
  Manifest manifest = Example();
  manifest.segments[0].name = "../../etc";
  EXPECT_EQ(ErrorOf(ManifestText(manifest)).code(), ErrorCode::kCorrupt);
  manifest = Example();
  manifest.deleted->rows = 1000;
  EXPECT_EQ(ErrorOf(ManifestText(manifest)).code(), ErrorCode::kCorrupt) << "more than there are";
}

TEST(Manifest, AFolderWithoutOneIsNoCollection) {
  const testing::TemporaryFolder folder;
  for (const Path& path : {folder.path(), folder.path() / "missing"}) {
    const Error error = testing::ErrorOf([&] { ReadManifest(path, ManifestParts::kAll); });
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_EQ(error.where(), path.string());
  }
}

TEST(SegmentFile, IsReadAsWritten) {
  const SegmentContent content = {
      17, 384, {1000, 2}, {{"passages.sqlite", 4096, "ab"}, {"vectors.f32", 64, "cd"}}, "ef"};
  const std::string text = SegmentText(content);
  const SegmentContent read = ParseSegment(text, "s");
  EXPECT_EQ(SegmentText(read), text);
  EXPECT_EQ(read.counts.truncated, 2);
  EXPECT_EQ(read.Find("vectors.f32")->checksum, "cd");
  EXPECT_EQ(read.Find("other"), nullptr);
}

TEST(SegmentFile, NamesThatLeaveTheFolderAreRefused) {
  for (const char* name : {"../x", "/etc/passwd", "a/b", "", ".."}) {
    const SegmentContent content = {1, 1, {}, {{name, 1, "ab"}}, {}};
    EXPECT_THROW(ParseSegment(SegmentText(content), "s"), Error) << name;
  }
}

TEST(SegmentFile, NumbersThatAreNoCountsAreRefused) {
  const std::string good = SegmentText({17, 384, {1000, 2}, {}, {}});
  const std::string object = good.substr(0, good.find(",\n  \"checksum\""));
  for (const char* number : {"1e308", "-1", "1.5", "\"17\"", "null", "18446744073709551615"}) {
    std::string bad = object + "\n}";
    bad.replace(bad.find("17"), 2, number);
    EXPECT_THROW(ParseSegment(SealJson(bad), "s"), Error) << number;
  }
}

}  // namespace
}  // namespace dpr
