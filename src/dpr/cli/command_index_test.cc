// index, delete, compact and inspect as a user runs them.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "dpr/cli/description_text.h"
#include "dpr/cli/run_program_for_test.h"

namespace dpr::cli {
namespace {

using dpr::testing::TemporaryFolder;
using dpr::testing::TestData;
using testing::ProgramResult;
using testing::RunDpr;
using Json = nlohmann::json;
using ::testing::HasSubstr;

std::string Model() { return (TestData() / "encoder" / "st_mean").string(); }

std::string Line(const std::string& id, const std::string& text) {
  return R"({"id": ")" + id + R"(", "text": ")" + text + "\"}\n";
}

class IndexCommandTest : public ::testing::Test {
 protected:
  std::string At(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string Write(const std::string& name, const std::string& content) {
    return folder_.Write(name, content).string();
  }
  // Runs with --json, must succeed.
  Json Do(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.emplace_back("--json");
    const ProgramResult result = RunDpr(arguments, input);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return Json::parse(result.out);
  }
  std::string Fingerprint(const std::string& name) {
    const ProgramResult result = RunDpr({"inspect", At(name), "--fingerprint", "--quiet"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }

  TemporaryFolder folder_;
};

TEST_F(IndexCommandTest, AppendsWithTheRecordedEncoder) {
  const std::string a = Write("a.jsonl", Line("1", "iron") + Line("2", "sea"));
  const std::string b = Write("b.jsonl", Line("3", "moon"));
  EXPECT_EQ(Do({"index", a, "-o", At("c.dpr"), "--model", Model()})["added"], 2);
  const Json more = Do({"index", a, b, "-o", At("c.dpr")});
  EXPECT_EQ(more["added"], 1);
  EXPECT_EQ(more["unchanged_sources"], 1);
  EXPECT_EQ(more["passages"], 3);
  Do({"index", b, a, "-o", At("d.dpr"), "--model", Model()});
  EXPECT_EQ(Fingerprint("c.dpr"), Fingerprint("d.dpr"));
}

TEST_F(IndexCommandTest, TheRecordedEncoderKeepsItsOptions) {
  const std::string a = Write("a.jsonl", Line("1", "iron"));
  const std::string b = Write("b.jsonl", Line("2", "sea"));
  Do({"index", a, "-o", At("c.dpr"), "--model", Model(), "--pooling", "cls", "--max-length", "9"});
  EXPECT_EQ(Do({"index", b, "-o", At("c.dpr")})["added"], 1);
  const ProgramResult other =
      RunDpr({"index", Write("e.jsonl", Line("3", "x")), "-o", At("c.dpr"), "--model", Model()});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, HasSubstr("another"));
}

TEST_F(IndexCommandTest, ReadsStandardInputAndKnowsItAgain) {
  const std::string lines = Line("1", "iron") + Line("2", "sea");
  EXPECT_EQ(Do({"index", "-", "-o", At("c.dpr"), "--model", Model()}, lines)["added"], 2);
  EXPECT_EQ(Do({"index", "-", "-o", At("c.dpr")}, lines)["unchanged_sources"], 1);
  EXPECT_EQ(Do({"index", "-", "-o", At("c.dpr")}, Line("3", "moon"))["passages"], 3);
  const ProgramResult bad = RunDpr({"index", "-", "-o", At("c.dpr")}, Line("4", "x") + "{\n");
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_THAT(bad.err, HasSubstr("standard input, line 2"));
}

TEST_F(IndexCommandTest, OptionsThatCannotBeAreUsageErrors) {
  const std::string a = Write("a.jsonl", Line("1", "iron"));
  EXPECT_EQ(RunDpr({"index", a, "-o", At("c.dpr"), "--words", "5", "--overlap", "5"}).exit_code, 2);
  EXPECT_EQ(RunDpr({"index", "-o", At("c.dpr")}).exit_code, 2);
}

TEST_F(IndexCommandTest, AModelThatHasMovedIsAskedFor) {
  std::filesystem::copy(Model(), At("model"), std::filesystem::copy_options::recursive);
  Do({"index", Write("a.jsonl", Line("1", "iron")), "-o", At("c.dpr"), "--model", At("model")});
  std::filesystem::rename(At("model"), At("moved"));
  const std::string b = Write("b.jsonl", Line("2", "sea"));
  const ProgramResult lost = RunDpr({"index", b, "-o", At("c.dpr")});
  EXPECT_EQ(lost.exit_code, 1);
  EXPECT_THAT(lost.err, HasSubstr("--model"));
  EXPECT_EQ(Do({"index", b, "-o", At("c.dpr"), "--model", At("moved")})["added"], 1);
  EXPECT_EQ(RunDpr({"search", At("c.dpr"), "iron"}).exit_code, 0) << "follows the move";
}

TEST_F(IndexCommandTest, BadInputIsOneSentenceAndExitCode1) {
  Write("a.jsonl", Line("1", "iron") + Line("1", "sea"));
  Write("empty.jsonl", "");
  Write("column.tsv", "id\ttitle\n1\tx\n");
  Write("photo.jpg", "\xff\xd8");
  for (const auto& [file, text] :
       std::map<std::string, std::string>{{"a.jsonl", "\"1\""},
                                          {"empty.jsonl", "empty"},
                                          {"column.tsv", "text"},
                                          {"photo.jpg", "format"},
                                          {"missing.tsv", "missing.tsv"}}) {
    const ProgramResult result =
        RunDpr({"index", At(file), "-o", At("c.dpr"), "--model", Model(), "--quiet"});
    EXPECT_EQ(result.exit_code, 1) << file;
    EXPECT_THAT(result.err, HasSubstr(file));
    EXPECT_THAT(result.err, HasSubstr(text));
    EXPECT_EQ(result.out, "");
  }
}

TEST_F(IndexCommandTest, WhatIsPassedOverIsListed) {
  std::string lines = Line("1", "iron") + "{nonsense\n";
  for (int i = 0; i < 40; ++i) lines += Line("1", "again");
  const std::string a = Write("a.jsonl", lines);
  const ProgramResult refused = RunDpr({"index", a, "-o", At("c.dpr"), "--model", Model()});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("--skip-bad"));
  const std::vector<std::string> command = {"index",   a,       "-o",         At("c.dpr") + "/",
                                            "--model", Model(), "--skip-bad", "--json"};
  const ProgramResult done = RunDpr(command);
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(Json::parse(done.out)["added"], 1);
  EXPECT_EQ(Json::parse(done.out)["bad_records"], 1);
  EXPECT_EQ(Json::parse(done.out)["duplicates"], 40);
  EXPECT_THAT(done.err, HasSubstr("passed over " + a + ", line 3: the id \"1\" is there already"));
  EXPECT_THAT(done.err, HasSubstr("17 more; all are listed in " + At("c.dpr.skipped")));
  const std::string list = ReadFile(At("c.dpr.skipped"));
  EXPECT_EQ(std::count(list.begin(), list.end(), '\n'), 41);
  EXPECT_THAT(list, HasSubstr(a + ", line 2: the line is not JSON"));
  EXPECT_THAT(list, HasSubstr(a + ", line 42: the id"));
  EXPECT_EQ(RunDpr(command).exit_code, 0);
  EXPECT_EQ(ReadFile(At("c.dpr.skipped")), list) << "nothing was read again";
}

TEST_F(IndexCommandTest, SyncFollowsAFolderToItsEnd) {
  Write("docs/a.jsonl", Line("1", "iron"));
  Do({"index", At("docs"), "-o", At("c.dpr"), "--model", Model()});
  std::filesystem::remove_all(At("docs"));
  EXPECT_EQ(RunDpr({"index", At("docs"), "-o", At("c.dpr")}).exit_code, 1);
  EXPECT_EQ(Do({"index", At("docs"), "-o", At("c.dpr"), "--sync"})["deleted"], 1);
}

TEST_F(IndexCommandTest, DeletesAndCompacts) {
  Do({"index", Write("a.jsonl", Line("1", "iron") + Line("2", "sea") + Line("3", "moon")), "-o",
      At("c.dpr"), "--model", Model()});
  const Json deleted = Do({"delete", At("c.dpr"), "1", "3"});
  EXPECT_EQ(deleted["deleted"], 2);
  EXPECT_EQ(deleted["passages"], 1);
  EXPECT_EQ(Do({"delete", At("c.dpr"), "1"})["deleted_before"], 1);
  const ProgramResult unknown = RunDpr({"delete", At("c.dpr"), "2", "nobody"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("nobody"));
  const std::string before = Fingerprint("c.dpr");
  EXPECT_EQ(Do({"compact", At("c.dpr")})["passages"], 1);
  EXPECT_EQ(Fingerprint("c.dpr"), before);
  EXPECT_EQ(RunDpr({"compact", At("missing.dpr")}).exit_code, 1);
}

TEST_F(IndexCommandTest, InspectNamesTheDamagedFile) {
  Do({"index", Write("a.jsonl", Line("1", "iron")), "-o", At("c.dpr"), "--model", Model()});
  const Json whole = Do({"inspect", At("c.dpr"), "--verify", "--fingerprint"});
  EXPECT_EQ(whole["verified"], true);
  EXPECT_EQ(whole["fingerprint"].get<std::string>().size(), 32u);
  for (const char* file :
       {"collection.json", "segments/000001/vectors.f32", "segments/000001/vectors.i8",
        "segments/000001/passages.sqlite", "segments/000001/segment.json"}) {
    const Path path = folder_.path() / "c.dpr" / file;
    const std::string good = ReadFile(path);
    std::string bad = good;
    bad[bad.size() / 3] = static_cast<char>(bad[bad.size() / 3] ^ 8);
    WriteFileAtomically(path, bad);
    const ProgramResult result = RunDpr({"inspect", At("c.dpr"), "--verify"});
    EXPECT_EQ(result.exit_code, 1) << file;
    EXPECT_THAT(result.out, HasSubstr(path.string()));
    WriteFileAtomically(path, good);
  }
  EXPECT_EQ(RunDpr({"inspect", At("c.dpr"), "--verify"}).exit_code, 0);
}

TEST_F(IndexCommandTest, InspectKnowsEveryFile) {
  Do({"index", Write("a.jsonl", Line("1", "iron") + Line("2", "sea")), "-o", At("c.dpr"), "--model",
      Model()});
  Do({"delete", At("c.dpr"), "1"});
  Do({"encode", Write("texts", "iron\nsea\n"), "--model", Model(), "-o", At("x.npy")});
  const std::map<std::string, std::string> kinds = {
      {At("c.dpr"), "collection"},
      {At("c.dpr/collection.json"), "collection"},
      {At("c.dpr/deleted"), "deleted rows"},
      {At("c.dpr/lock"), "lock of a collection"},
      {At("c.dpr/segments/000001"), "segment"},
      {At("c.dpr/segments/000001/segment.json"), "segment"},
      {At("c.dpr/segments/000001/passages.sqlite"), "passages of a segment"},
      {At("c.dpr/segments/000001/vectors.f32"), "vectors"},
      {At("c.dpr/segments/000001/vectors.i8"), "codes of vectors"},
      {At("x.npy"), "NumPy array"},
      {Model(), "encoder"}};
  for (const auto& [path, kind] : kinds) {
    EXPECT_EQ(Do({"inspect", path})["kind"], kind) << path;
    EXPECT_EQ(Do({"inspect", path, "--verify"})["verified"], true) << path;
    EXPECT_THAT(RunDpr({"inspect", path}).out, HasSubstr("kind: " + kind));
  }
  EXPECT_EQ(Do({"inspect", At("x.npy")})["rows"], 2);
  EXPECT_TRUE(Do({"inspect", At("c.dpr")})["encoder"]["settings"].is_object());
  for (const std::string& path : {At("a.jsonl"), At("missing"), folder_.path().string()}) {
    EXPECT_EQ(RunDpr({"inspect", path}).exit_code, 1) << path;
  }
}

TEST(DescriptionText, ReadsLikeALetter) {
  EXPECT_EQ(
      DescriptionText(
          R"({"kind":"x","max_length":1234,"bytes":2000000,"share":0.123456,"a":{"b":true,"c":null},
                                "list":[{"d":1,"e":2},{"d":3}],"none":[]})"),
      "kind: x\nmax length: 1,234\nbytes: 2.00 MB\nshare: 0.1235\na:\n  b: yes\n  c: none\n"
      "list:\n  - d: 1\n    e: 2\n  - d: 3\nnone: none\n");
  Json many = {{"list", Json::array()}};
  for (int i = 0; i < 50; ++i) many["list"].push_back("item");
  EXPECT_THAT(DescriptionText(many.dump()), HasSubstr("... and 30 more"));
}

}  // namespace
}  // namespace dpr::cli
