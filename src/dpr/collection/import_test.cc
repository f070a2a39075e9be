// Vectors that leave a collection and come back, and what does not fit together.
#include <gmock/gmock.h>

#include "dpr/collection/export_vectors.h"
#include "dpr/collection/import_vectors.h"
#include "dpr/collection/test_collection.h"
#include "dpr/collection/test_errors.h"
#include "dpr/vectors/faiss_file.h"
#include "dpr/vectors/npy.h"

namespace dpr {
namespace {

using testing::Contents;
using testing::ErrorOf;
using testing::FingerprintOf;
using testing::HashEncoder;
using ::testing::HasSubstr;
using testing::JsonLines;
using ::testing::Not;

// A collection of the hash encoder, and its vectors as files.
class ImportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    passages_ = folder_.Write("p.jsonl", JsonLines("p", 50));
    testing::Index(At("made.dpr"), {passages_}, testing::SmallSegments(20));
    Export(VectorFormat::kNpy, "x.npy");
    Export(VectorFormat::kFaiss, "faiss");
  }
  Path At(const std::string& name) const { return folder_.path() / name; }
  void Export(VectorFormat format, const std::string& name) {
    NoProgress progress;
    exported_ = ExportVectors(Collection::Open(At("made.dpr")), format, At(name), progress);
  }

  // Of one file after the other, to the collection `name`.
  IndexReport Import(const std::string& name, const std::vector<Path>& files, const Path& passages,
                     const EncoderRecord& record = HashEncoder().record(),
                     const std::string& prefix = "wiki:") {
    ForeignFiles opened;
    for (const Path& file : files) opened.push_back(OpenForeignVectors(file, {}));
    ImportedVectors vectors(record, std::move(opened), prefix, At(name).string() + ".import");
    NoProgress progress;
    return ImportVectors(At(name), ListSources({passages}), vectors, testing::SmallSegments(15),
                         progress);
  }
  Error Refusal(const std::vector<Path>& files, const Path& passages) {
    const Error error = ErrorOf([&] { Import("refused.dpr", files, passages); });
    EXPECT_FALSE(std::filesystem::exists(At("refused.dpr")));
    return error;
  }
  // An array with the ids 0 to rows - 1 beside it, made by `value`.
  template <typename Value>
  Path Array(const std::string& name, int64_t rows, const std::string& prefix, const Value& value) {
    NpyWriter writer(At(name), 8);
    std::string ids;
    for (int64_t row = 0; row < rows; ++row) {
      Matrix vector(1, 8);
      for (int64_t i = 0; i < 8; ++i) vector.row(0)[i] = value(row, i);
      writer.Append(vector.view());
      ids += prefix + std::to_string(row) + "\n";
    }
    writer.Finish();
    folder_.Write(name + ".ids", ids);
    return At(name);
  }
  static float Some(int64_t row, int64_t i) {
    return static_cast<float>(row) + 0.5f * static_cast<float>(i);
  }

  testing::TemporaryFolder folder_;
  Path passages_;
  ExportedVectors exported_;
};

TEST_F(ImportTest, WhatWasExportedComesBackToTheByte) {
  EXPECT_EQ(exported_.vectors, 50);
  EXPECT_EQ(Import("a.dpr", {At("x.npy")}, passages_).added, 50);
  EXPECT_EQ(Import("b.dpr", {At("faiss")}, passages_).added, 50);
  EXPECT_EQ(FingerprintOf(At("a.dpr")), FingerprintOf(At("made.dpr")));
  EXPECT_EQ(FingerprintOf(At("b.dpr")), FingerprintOf(At("made.dpr")));
  EXPECT_EQ(Contents(At("a.dpr")), Contents(At("made.dpr")));
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_THAT(entry.path().string(), Not(HasSubstr(".import")));
  }
}

TEST_F(ImportTest, DeletedPassagesAreNotExported) {
  const std::vector<std::string> ids = {"p0", "p20", "p49"};
  DeletePassages(At("made.dpr"), ids);
  Export(VectorFormat::kNpy, "less.npy");
  EXPECT_EQ(exported_.vectors, 47);
  EXPECT_EQ(NpyFile(At("less.npy")).view().rows, 47);
  EXPECT_THAT(ReadFile(At("less.npy.ids")), ::testing::StartsWith("p1\np2\n"));
  EXPECT_THAT(Refusal({At("less.npy")}, passages_).what(),
              HasSubstr("3 passages have no vector: \"p0\", \"p20\", \"p49\""));
}

TEST_F(ImportTest, TheOrderMayDifferAndTheVectorsBeInShards) {
  std::string lines;
  for (int i = 49; i >= 0; --i) {
    lines += R"({"id":")" + std::to_string(i) + R"(","text":"t"})";
    lines += "\n";
  }
  const Path passages = folder_.Write("reversed.jsonl", lines);
  const auto value = [](int64_t row, int64_t i) { return Some(row, i); };
  Array("whole.npy", 50, "wiki:", value);
  Import("whole.dpr", {At("whole.npy")}, passages);
  Array("first.npy", 30, "wiki:", value);
  const auto later = [](int64_t row, int64_t i) { return Some(row + 30, i); };
  Array("second.npy", 20, "", later);
  std::string ids;
  for (int i = 30; i < 50; ++i) ids += "wiki:" + std::to_string(i) + "\n";
  folder_.Write("second.npy.ids", ids);
  Import("shards.dpr", {At("second.npy"), At("first.npy")}, passages);
  EXPECT_EQ(Import("shards.dpr", {At("first.npy"), At("second.npy")}, passages).unchanged_sources,
            1);
  const auto contents = Contents(At("shards.dpr"));
  EXPECT_EQ(contents, Contents(At("whole.dpr")));
  EXPECT_EQ(contents.at("41").vector[1], Some(41, 1));
}

TEST_F(ImportTest, ThePrefixMayBeOnEitherSide) {
  const Path plain = folder_.Write("plain.jsonl", JsonLines("", 5));
  const Path prefixed = folder_.Write("prefixed.jsonl", JsonLines("wiki:", 5));
  const auto value = [](int64_t row, int64_t i) { return Some(row, i); };
  EXPECT_EQ(Import("a.dpr", {Array("a.npy", 5, "wiki:", value)}, plain).added, 5);
  EXPECT_EQ(Import("b.dpr", {Array("b.npy", 5, "", value)}, prefixed).added, 5);
  EXPECT_EQ(Contents(At("b.dpr")).at("wiki:3").vector[0], 3);
  const Path other = Array("c.npy", 5, "w100:", value);
  EXPECT_THAT(Refusal({other}, plain).what(), HasSubstr("5 passages have no vector"));
  EXPECT_EQ(Import("c.dpr", {other}, plain, HashEncoder().record(), "w100:").added, 5);
}

TEST_F(ImportTest, WithoutIdsTheOrderTells) {
  std::filesystem::remove(At("x.npy.ids"));
  Import("a.dpr", {At("x.npy")}, passages_);
  EXPECT_EQ(FingerprintOf(At("a.dpr")), FingerprintOf(At("made.dpr")));
  const Path few = folder_.Write("few.jsonl", JsonLines("p", 49));
  EXPECT_THAT(Refusal({At("x.npy")}, few).what(), HasSubstr("49 passages and 50 vectors"));
  const Path many = folder_.Write("many.jsonl", JsonLines("p", 51));
  EXPECT_THAT(Refusal({At("x.npy")}, many).what(), HasSubstr("51 passages and 50 vectors"));
  EXPECT_EQ(Refusal({At("x.npy"), At("faiss")}, passages_).code(), ErrorCode::kUsage);
}

TEST_F(ImportTest, WhatIsMissingIsCountedAndNamed) {
  const Path some = folder_.Write("some.jsonl", JsonLines("p", 40) + JsonLines("q", 7));
  const Error error = Refusal({At("x.npy")}, some);
  EXPECT_EQ(error.code(), ErrorCode::kMismatch);
  EXPECT_THAT(error.what(),
              HasSubstr("7 passages have no vector: \"q0\", \"q1\", \"q2\", \"q3\", "
                        "\"q4\" and 2 more; 10 vectors belong to no passage: \"p40\""));
  EXPECT_THAT(error.where(), HasSubstr("some.jsonl"));
}

TEST_F(ImportTest, IdsThatAreThereTwiceAreNamed) {
  EXPECT_THAT(Refusal({At("x.npy"), At("faiss")}, passages_).what(),
              HasSubstr("two vectors have the id \"p"));
  const Path twice = folder_.Write("twice.jsonl", JsonLines("p", 50) + JsonLines("p", 1));
  EXPECT_EQ(Refusal({At("x.npy")}, twice).code(), ErrorCode::kExists);
  const Path both = folder_.Write("both.jsonl", JsonLines("", 3) + JsonLines("wiki:", 3));
  const auto value = [](int64_t row, int64_t i) { return Some(row, i); };
  EXPECT_EQ(Refusal({Array("b.npy", 3, "", value)}, both).code(), ErrorCode::kExists);
}

TEST_F(ImportTest, NumbersThatAreNoneAreNamed) {
  const Path few = folder_.Write("few.jsonl", JsonLines("", 5));
  const Path bad = Array("bad.npy", 5, "", [](int64_t row, int64_t i) {
    return row == 3 && i == 7 ? std::numeric_limits<float>::quiet_NaN() : 1.0f;
  });
  EXPECT_THAT(Refusal({bad}, few).what(), HasSubstr("vector 4, of \"3\", holds a NaN"));
}

// An IndexFlatL2 of nine dimensions, the ninth as DPR's HNSW index has it, but for an error.
Path WithDprsDimension(const testing::TemporaryFolder& folder, float error) {
  const Path path = folder.path() / "hnsw" / "index";
  std::filesystem::create_directories(path.parent_path());
  Matrix vectors(5, 9);
  std::string ids;
  float phi = 0;
  for (int64_t row = 0; row < 5; ++row) {
    for (int64_t i = 0; i < 8; ++i) vectors.row(row)[i] = static_cast<float>(row * i) * 0.3f;
    for (int64_t i = 0; i < 8; ++i)
      vectors.row(row)[8] += vectors.row(row)[i] * vectors.row(row)[i];
    phi = std::max(phi, vectors.row(row)[8]);
    ids += "p" + std::to_string(row) + "\n";
  }
  for (int64_t row = 0; row < 5; ++row) {
    vectors.row(row)[8] = std::sqrt(phi - vectors.row(row)[8]);
  }
  vectors.row(2)[8] += error;
  FaissFlatWriter writer(path, Similarity::kL2, 9, 5);
  writer.Append(vectors.view());
  writer.Finish();
  folder.Write("hnsw/docid", ids);
  return path;
}

TEST_F(ImportTest, DprsExtraDimensionIsDropped) {
  const Path few = folder_.Write("few.jsonl", JsonLines("p", 5));
  Import("a.dpr", {WithDprsDimension(folder_, 0)}, few);
  const auto contents = Contents(At("a.dpr"));
  EXPECT_EQ(contents.at("p2").vector.size(), 8u);
  EXPECT_EQ(contents.at("p2").vector[3], 6 * 0.3f);
  EXPECT_THAT(Refusal({WithDprsDimension(folder_, 1)}, few).what(),
              HasSubstr("not the one that DPR adds"));
}

TEST_F(ImportTest, TheModelMustFit) {
  const Error error =
      ErrorOf([&] { Import("n.dpr", {At("x.npy")}, passages_, HashEncoder(7).record()); });
  EXPECT_EQ(error.code(), ErrorCode::kMismatch);
  EXPECT_THAT(error.what(), HasSubstr("have 8 dimensions, and the model's have 7"));
}

TEST_F(ImportTest, SimilarityIsTheFilesOrTheModels) {
  ForeignFiles none, dot, l2;
  none.push_back(OpenForeignVectors(At("x.npy"), {}));
  dot.push_back(OpenForeignVectors(At("faiss"), {}));
  l2.push_back(OpenForeignVectors(WithDprsDimension(folder_, 0), {}));
  EXPECT_EQ(ImportedSimilarity(none, Similarity::kCosine, false), Similarity::kCosine);
  EXPECT_EQ(ImportedSimilarity(none, Similarity::kL2, false), Similarity::kL2);
  EXPECT_EQ(ImportedSimilarity(dot, Similarity::kCosine, false), Similarity::kCosine);
  EXPECT_EQ(ImportedSimilarity(dot, Similarity::kL2, false), Similarity::kDot);
  EXPECT_EQ(ImportedSimilarity(l2, Similarity::kDot, false), Similarity::kL2);
  EXPECT_EQ(ImportedSimilarity(l2, Similarity::kDot, true), Similarity::kDot);
  EXPECT_EQ(ImportedSimilarity(l2, Similarity::kCosine, true), Similarity::kDot);
  none.push_back(std::move(dot.front()));
  EXPECT_THROW(ImportedSimilarity(none, Similarity::kDot, false), Error);
  EXPECT_TRUE(HasExtraDimension(l2, 8));
  EXPECT_FALSE(HasExtraDimension(l2, 9));
}

TEST_F(ImportTest, GoesOnAsAnyOtherCollection) {
  Import("a.dpr", {At("x.npy")}, passages_);
  EXPECT_EQ(Import("a.dpr", {At("x.npy")}, passages_).unchanged_sources, 1);
  const Path more = folder_.Write("more.jsonl", JsonLines("m", 5));
  EXPECT_EQ(testing::Index(At("a.dpr"), {more, passages_}).added, 5) << "the import is left alone";
  const std::vector<std::string> ids = {"p7"};
  EXPECT_EQ(DeletePassages(At("a.dpr"), ids), 1);
  NoProgress progress;
  CompactCollection(At("a.dpr"), progress);
  EXPECT_THAT(Collection::Verify(At("a.dpr"), progress), ::testing::IsEmpty());
  EXPECT_EQ(Contents(At("a.dpr")).size(), 54u);
  EXPECT_THAT(Collection::Open(At("a.dpr")).DescribeJson(), HasSubstr("imported_vectors"));
  // A second import appends.
  const Path few = folder_.Write("few.jsonl", JsonLines("w", 5));
  const auto value = [](int64_t row, int64_t i) { return Some(row, i); };
  EXPECT_EQ(Import("a.dpr", {Array("w.npy", 5, "w", value)}, few).added, 5);
}

TEST_F(ImportTest, OtherVectorsForWhatIsHeldAreRefused) {
  const Path few = folder_.Write("few.jsonl", JsonLines("", 5));
  Import("a.dpr", {Array("a.npy", 5, "", Some)}, few);
  const Path other = Array("b.npy", 5, "", [](int64_t row, int64_t i) { return Some(row, i) + 1; });
  EXPECT_THAT(ErrorOf([&] { Import("a.dpr", {other}, few); }).what(),
              HasSubstr("with other vectors than these"));
  EXPECT_THAT(ErrorOf([&] { Import("made.dpr", {At("x.npy")}, passages_); }).what(),
              HasSubstr("vectors that its encoder computed"));
  NoProgress progress;
  IndexOptions bm25;
  bm25.lexical = LexicalRecord();
  IndexPassages(At("bm25.dpr"), ListSources({passages_}), nullptr, bm25, progress);
  EXPECT_THAT(ErrorOf([&] { Import("bm25.dpr", {At("x.npy")}, passages_); }).what(),
              HasSubstr("made without vectors"));
}

TEST_F(ImportTest, ExportSaysWhatItCannot) {
  NoProgress progress;
  const Path odd = folder_.Write("odd.jsonl", R"({"id":"a\nb","text":"t"})"
                                              "\n");
  testing::Index(At("odd.dpr"), {odd});
  EXPECT_EQ(ErrorOf([&] {
              ExportVectors(Collection::Open(At("odd.dpr")), VectorFormat::kNpy, At("o.npy"),
                            progress);
            }).code(),
            ErrorCode::kUnsupported);
  EXPECT_FALSE(std::filesystem::exists(At("o.npy")));
  EXPECT_EQ(ErrorOf([&] { Export(VectorFormat::kFaiss, "faiss"); }).code(), ErrorCode::kExists);
}

}  // namespace
}  // namespace dpr
