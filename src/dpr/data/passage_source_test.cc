// What the user names becomes a list of files, each with its format; then each is opened.
#include "dpr/data/passage_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

#include "dpr/base/test_environment.h"
#include "dpr/base/test_without_root.h"
#include "dpr/data/test_passages.h"

namespace dpr {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kSkipBad;
using testing::MessageOf;
using testing::ReadAll;
using testing::TemporaryFolder;

constexpr std::string_view kTsv = "id\ttext\ttitle\n1\tx\ty\n";
constexpr std::string_view kJsonl = "{\"id\": 1, \"text\": \"x\"}\n";
constexpr std::string_view kSquad =
    R"({"data": [{"title": "T", "paragraphs": [{"context": "x"}]}]})";

std::vector<std::string> Pages(const std::vector<SourceFile>& files) {
  std::vector<std::string> pages;
  for (const SourceFile& file : files) pages.push_back(file.page);
  return pages;
}

SourceFormat FormatOf(const Path& path) { return ListSources({path}).at(0).format; }

std::vector<Passage> Read(const Path& path) {
  return ReadAll(*OpenSource(ListSources({path}).at(0), {}));
}

TEST(ListSources, FindsTheFormatByNameWhateverTheCompression) {
  const TemporaryFolder folder;
  EXPECT_EQ(FormatOf(folder.Write("a.tsv", "x")), SourceFormat::kTsv);
  EXPECT_EQ(FormatOf(folder.Write("a.CSV.gz", "x")), SourceFormat::kCsv);
  EXPECT_EQ(FormatOf(folder.Write("a.jsonl.xz", "x")), SourceFormat::kJsonl);
  EXPECT_EQ(FormatOf(folder.Write("a.ndjson", "x")), SourceFormat::kJsonl);
  EXPECT_EQ(FormatOf(folder.Write("a.txt.zst", "x")), SourceFormat::kText);
  EXPECT_EQ(FormatOf(folder.Write("a.md", "x")), SourceFormat::kMarkdown);
  EXPECT_EQ(FormatOf(folder.Write("a.htm", "x")), SourceFormat::kHtml);
}

TEST(ListSources, FindsTheFormatByContentWhereTheNameDoesNotTell) {
  const TemporaryFolder folder;
  EXPECT_EQ(FormatOf(folder.Write("a", kTsv)), SourceFormat::kTsv);
  EXPECT_EQ(FormatOf(folder.Write("b.data", "\xef\xbb\xbfText,_ID\n")), SourceFormat::kCsv);
  EXPECT_EQ(FormatOf(folder.Write("c.json", kJsonl)), SourceFormat::kJsonl);
  EXPECT_EQ(FormatOf(folder.Write("d.json", kSquad)), SourceFormat::kSquad);
  EXPECT_EQ(FormatOf(folder.Write("e", "{\"version\": {\"id\": []}, \"data\": [")),
            SourceFormat::kSquad);
  EXPECT_EQ(FormatOf(folder.Write("f", "\n<!DOCTYPE HTML>")), SourceFormat::kHtml);
  EXPECT_EQ(FormatOf(folder.Write("g", "<?xml version='1.0'?>\n<html>")), SourceFormat::kHtml);
  EXPECT_EQ(FormatOf(testing::TestData() / "data" / "passages-without-ending"), SourceFormat::kTsv);
}

TEST(ListSources, AFileOfNoKnownFormatIsAnErrorThatNamesTheKnownOnes) {
  const TemporaryFolder folder;
  for (const char* content : {"some text", "{\"a\": 1}", "[1, 2]", "{", "id text title\n"}) {
    const Path path = folder.Write("a.json", content);
    EXPECT_THAT(MessageOf([&] { ListSources({path}); }, ErrorCode::kUnsupported),
                AllOf(HasSubstr(path.string()), HasSubstr(".tsv"), HasSubstr("SQuAD")));
  }
}

TEST(ListSources, ListsAFolderInNameOrderWithItsPages) {
  const TemporaryFolder folder;
  for (const char* name : {"b.md", "a/z.txt", "a/y/x.html", "c.tsv", "B.md", "a.txt"})
    folder.Write(name, "x");
  const auto files = ListSources({folder.path()});
  EXPECT_THAT(Pages(files), ElementsAre("B.md", "a/y/x.html", "a/z.txt", "a.txt", "b.md", "c.tsv"));
  EXPECT_EQ(files[1].path, folder.path() / "a/y/x.html");
  EXPECT_EQ(files[1].key, (folder.path() / "a/y/x.html").string());
  EXPECT_EQ(files[1].folder, folder.path().string());
  EXPECT_TRUE(files[1].is_document());
  EXPECT_FALSE(files[5].is_document());
}

TEST(ListSources, SkipsHiddenFilesAndCountsThoseOfUnknownKind) {
  const TemporaryFolder folder;
  for (const char* name : {"a.md", ".hidden.md", ".git/b.md", "c.png", "d", "package.json"}) {
    folder.Write(name, "{}");
  }
  folder.Write("squad.json", kSquad);
  int64_t skipped = -1;
  EXPECT_THAT(Pages(ListSources({folder.path()}, &skipped)), ElementsAre("a.md", "squad.json"));
  EXPECT_EQ(skipped, 3);
}

TEST(ListSources, OneFolderHasOneSpelling) {
  const TemporaryFolder folder;
  folder.Write("docs/a.md", "x");
  const std::string docs = (folder.path() / "docs").string();
  for (const std::string& spelling :
       {docs, docs + "/", docs + "/.", docs + "//", docs + "/../docs"}) {
    const auto files = ListSources({spelling});
    EXPECT_EQ(files.at(0).key, docs + "/a.md") << spelling;
    EXPECT_EQ(files.at(0).folder, docs) << spelling;
    EXPECT_EQ(files.at(0).page, "a.md") << spelling;
  }
}

TEST(ListSources, TheSameSourceTwiceIsAnError) {
  const TemporaryFolder folder;
  const Path path = folder.Write("docs/a.md", "x");
  EXPECT_THAT(MessageOf([&] { ListSources({path, path}); }, ErrorCode::kUsage), HasSubstr("twice"));
  EXPECT_THAT(MessageOf(
                  [&] {
                    ListSources({path.parent_path(), path});
                  },
                  ErrorCode::kUsage),
              HasSubstr("a.md"));
}

TEST(ListSources, ABeirFolderIsItsCorpus) {
  const TemporaryFolder folder;
  for (const char* name :
       {"one/corpus.jsonl", "two/corpus.jsonl.gz", "two/qrels/test.tsv", "one/queries.jsonl",
        "one/qrels/test.tsv", "one/readme.md", "three/a.md"}) {
    folder.Write(name, "x");
  }
  int64_t skipped = -1;
  EXPECT_THAT(Pages(ListSources({folder.path()}, &skipped)),
              ElementsAre("one/corpus.jsonl", "three/a.md", "two/corpus.jsonl.gz"));
  EXPECT_EQ(skipped, 0);
  EXPECT_THAT(Pages(ListSources({folder.path() / "one"})), ElementsAre("corpus.jsonl"));
}

TEST(ListSources, FollowsLinksButNotInCircles) {
  const TemporaryFolder folder;
  folder.Write("docs/a.md", "x");
  folder.Write("elsewhere/b.md", "x");
  std::filesystem::create_symlink("..", folder.path() / "docs/up");
  std::filesystem::create_symlink(folder.path() / "elsewhere/b.md", folder.path() / "docs/link.md");
  std::filesystem::create_symlink("nowhere.md", folder.path() / "docs/broken.md");
  std::filesystem::create_symlink("itself.md", folder.path() / "docs/itself.md");
  int64_t skipped = -1;
  EXPECT_THAT(Pages(ListSources({folder.path() / "docs"}, &skipped)),
              ElementsAre("a.md", "link.md", "up/elsewhere/b.md"));
  EXPECT_EQ(skipped, 2) << "links to nowhere and to themselves";
}

TEST(ListSources, SaysWhatIsMissing) {
  const TemporaryFolder folder;
  const Path missing = folder.path() / "missing.tsv";
  EXPECT_THAT(MessageOf([&] { ListSources({missing}); }, ErrorCode::kNotFound),
              HasSubstr(missing.string()));
  EXPECT_THAT(MessageOf([&] { ListSources({folder.path()}); }, ErrorCode::kNotFound),
              HasSubstr(folder.path().string()));
  folder.Write("a.png", "x");
  EXPECT_THAT(MessageOf([&] { ListSources({folder.path()}); }, ErrorCode::kNotFound),
              HasSubstr(".tsv"));
}

TEST(ListSources, AnUnreadableFileIsAnError) {
  const TemporaryFolder folder;
  std::filesystem::permissions(folder.Write("a.md", "x"), std::filesystem::perms::none);
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0555));
  const testing::WithoutRoot nobody;
  EXPECT_THAT(MessageOf([&] { ListSources({folder.path()}); }, ErrorCode::kPermission),
              HasSubstr("a.md"));
}

TEST(ListSources, ANameThatIsNotUtf8IsAnError) {
  const TemporaryFolder folder;
  folder.Write("\xe9.md", "x");
  EXPECT_THAT(MessageOf([&] { ListSources({folder.path()}); }), HasSubstr("UTF-8"));
}

TEST(OpenSource, ReadsEachCompression) {
  for (const char* name :
       {"passages.tsv.gz", "passages.tsv.xz", "passages.tsv.zst", "passages-without-ending"}) {
    const auto passages = Read(testing::TestData() / "data" / name);
    ASSERT_EQ(passages.size(), 2u) << name;
    EXPECT_EQ(passages[0].text, "The \"first\" text");
  }
}

TEST(OpenSource, EachFormatHasItsReader) {
  const TemporaryFolder folder;
  EXPECT_EQ(Read(folder.Write("a.csv", "id,text\n1,x\n")).at(0).text, "x");
  EXPECT_EQ(Read(folder.Write("a.jsonl", kJsonl)).at(0).id, "1");
  EXPECT_EQ(Read(folder.Write("a.json", kSquad)).at(0).id, "T#1");
  EXPECT_EQ(Read(folder.Write("a.txt", "*x*")).at(0).text, "*x*");
  EXPECT_EQ(Read(folder.Write("a.md", "*x*")).at(0).text, "x");
  EXPECT_EQ(Read(folder.Write("a.html", "<p>x")).at(0).text, "x");
}

TEST(OpenSource, AnEmptyFileIsAnErrorButNotADocumentFoundInAFolder) {
  const TemporaryFolder folder;
  for (const char* name : {"a.tsv", "a.jsonl", "a.txt", "a.unknown"}) {
    const Path path = folder.Write(name, "");
    EXPECT_THAT(MessageOf([&] { Read(path); }),
                AllOf(HasSubstr(path.string()), HasSubstr("empty")));
  }
  folder.Write("docs/empty.md", "");
  EXPECT_TRUE(Read(folder.path() / "docs").empty());
  folder.Write("more/empty.tsv", "");
  EXPECT_THAT(MessageOf([&] { Read(folder.path() / "more"); }), HasSubstr("empty"));
}

TEST(OpenSource, Utf16IsRefusedByName) {
  const TemporaryFolder folder;
  const Path path = folder.Write("a.tsv", std::string_view("\xff\xfei\0d\0", 6));
  EXPECT_THAT(MessageOf([&] { Read(path); }), HasSubstr("UTF-16"));
}

TEST(OpenSource, DamagedCompressionEndsTheRunEvenWithSkipBad) {
  const TemporaryFolder folder;
  std::string bytes = ReadFile(testing::TestData() / "data" / "passages.tsv.xz");
  bytes[bytes.size() / 2] ^= 1;
  const Path path = folder.Write("a.tsv.xz", bytes);
  EXPECT_THAT(MessageOf([&] { ReadAll(*OpenSource(ListSources({path}).at(0), kSkipBad)); }),
              HasSubstr("damaged"));
}

TEST(OpenSource, APipeIsReadOnceAndItsFormatFoundByContent) {
  const TemporaryFolder folder;
  for (const std::string_view content : {kTsv, kJsonl, kSquad, std::string_view("just text")}) {
    const Path path = folder.path() / "pipe";
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    std::thread writer([&] { std::ofstream(path, std::ios::binary) << content; });
    const auto passages = Read(path);
    writer.join();
    ASSERT_EQ(passages.size(), 1u) << content;
    std::filesystem::remove(path);
  }
}

TEST(OpenSource, StandardInputIsASourceToo) {
  const auto files = ListSources({"-"});
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].key, "-");
  EXPECT_EQ(files[0].format, SourceFormat::kByContent);
}

}  // namespace
}  // namespace dpr
