// import and export of vectors as a user runs them.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "dpr/cli/program_for_test.h"

namespace dpr::cli {
namespace {

using ::testing::HasSubstr;
using testing::Model;
using testing::ProgramResult;
using testing::RunDpr;
using Json = nlohmann::json;

// c.dpr has been indexed from passages.jsonl.
class ImportProgram : public testing::Program {
 protected:
  static ProgramResult Run(const std::vector<std::string>& arguments) { return RunDpr(arguments); }
  Json Do(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    const ProgramResult result = RunDpr(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return Json::parse(result.out);
  }
  std::vector<std::string> ImportOf(const std::string& files, const std::string& collection) const {
    return {"import",  At(files), "--passages", At("passages.jsonl"),
            "--model", Model(),   "-o",         At(collection)};
  }
  std::string Fingerprint(const std::string& name) const {
    return RunDpr({"inspect", At(name), "--fingerprint", "--quiet"}).out;
  }
  Json Hits(const std::string& name) const {
    return Do({"search", At(name), "What pulls the sea?", "--precision", "f32"})["hits"];
  }
};

TEST_F(ImportProgram, ARoundTripChangesNothing) {
  const Json npy = Do({"export", At("c.dpr"), "--format", "npy", "-o", At("x.npy")});
  EXPECT_EQ(npy["vectors"], 3);
  EXPECT_EQ(ReadFile(At("x.npy.ids")), "a\nb\nc\n");
  const Json faiss = Do({"export", At("c.dpr"), "--format", "faiss", "-o", At("faiss")});
  EXPECT_EQ(faiss["ids"], At("faiss") + "/docid");
  EXPECT_EQ(Do(ImportOf("x.npy", "npy.dpr"))["added"], 3);
  const Json imported = Do(ImportOf("faiss", "faiss.dpr"));
  EXPECT_EQ(imported["kind"], "IndexFlatIP of FAISS");
  EXPECT_EQ(imported["similarity"], "dot");
  for (const char* name : {"npy.dpr", "faiss.dpr"}) {
    EXPECT_EQ(Fingerprint(name), Fingerprint("c.dpr"));
    EXPECT_EQ(Hits(name), Hits("c.dpr"));
    EXPECT_EQ(Run({"inspect", At(name), "--verify"}).exit_code, 0);
  }
  EXPECT_EQ(Do(ImportOf("x.npy", "npy.dpr"))["unchanged_sources"], 1) << "twice does nothing";
  EXPECT_EQ(Do({"inspect", At("faiss/index")})["index"], "IndexFlatIP");
}

TEST_F(ImportProgram, AnImportedCollectionIsOneLikeOthers) {
  Do({"export", At("c.dpr"), "--format", "npy", "-o", At("x.npy")});
  std::vector<std::string> import = ImportOf("x.npy", "i.dpr");
  import.emplace_back("--bm25");
  Do(import);
  EXPECT_EQ(Do({"inspect", At("i.dpr")})["encoder"]["precision"], "f32");
  folder_.Write("more.jsonl", R"({"_id": "d", "text": "Bees make honey."})"
                              "\n");
  EXPECT_EQ(Do({"index", At("more.jsonl"), "-o", At("i.dpr")})["added"], 1);
  EXPECT_EQ(Do({"search", At("i.dpr"), "honey", "--mode", "bm25"})["hits"][0]["id"], "d");
  EXPECT_EQ(Do({"search", At("i.dpr"), "Bees make honey.", "--mode", "dense"})["hits"][0]["id"],
            "d");
  EXPECT_EQ(Do({"delete", At("i.dpr"), "a"})["deleted"], 1);
  EXPECT_EQ(Run({"compact", At("i.dpr")}).exit_code, 0);
  EXPECT_EQ(Do({"export", At("i.dpr"), "--format", "npy", "-o", At("y.npy")})["vectors"], 3);
}

TEST_F(ImportProgram, SimilarityIsKept) {
  Do({"export", At("c.dpr"), "--format", "npy", "-o", At("x.npy")});
  std::vector<std::string> import = ImportOf("x.npy", "l2.dpr");
  import.insert(import.end(), {"--similarity", "l2"});
  EXPECT_EQ(Do(import)["similarity"], "l2");
  EXPECT_LT(Hits("l2.dpr")[0]["score"].get<double>(), 0) << "a negated squared distance";
  EXPECT_EQ(Do({"export", At("l2.dpr"), "--format", "faiss", "-o", At("l2")})["vectors"], 3);
  EXPECT_EQ(Do(ImportOf("l2", "again.dpr"))["similarity"], "l2") << "the file says so";
  EXPECT_EQ(Hits("again.dpr"), Hits("l2.dpr"));
  EXPECT_EQ(Run(ImportOf("x.npy", "l2.dpr")).exit_code, 1) << "by dot";
}

TEST_F(ImportProgram, SaysWhatIsWrong) {
  Do({"export", At("c.dpr"), "--format", "npy", "-o", At("x.npy")});
  folder_.Write("two.jsonl", R"({"_id": "a", "text": "x"})"
                             "\n"
                             R"({"_id": "z", "text": "x"})"
                             "\n");
  const ProgramResult missing = Run({"import", At("x.npy"), "--passages", At("two.jsonl"),
                                     "--model", Model(), "-o", At("n.dpr")});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("1 passage has no vector: \"z\"; 2 vectors belong to no "
                                     "passage: \"b\", \"c\""));
  std::string cut = ReadFile(At("x.npy"));
  folder_.Write("cut.npy", cut.substr(0, cut.size() - 5));
  EXPECT_THAT(Run(ImportOf("cut.npy", "n.dpr")).err, HasSubstr("cut.npy"));
  EXPECT_FALSE(std::filesystem::exists(At("n.dpr")));
  EXPECT_EQ(Run({"import", At("x.npy"), "--model", Model(), "-o", At("n.dpr")}).exit_code, 2);
  EXPECT_EQ(Run({"export", At("c.dpr"), "--format", "dpr", "-o", At("m")}).exit_code, 2);
  EXPECT_EQ(Run({"export", Model(), "--format", "npy", "-o", At("m.npy")}).exit_code, 2);
  EXPECT_EQ(Run({"export", At("c.dpr"), "--format", "npy", "--normalize", "-o", At("m")}).exit_code,
            2);
}

}  // namespace
}  // namespace dpr::cli
