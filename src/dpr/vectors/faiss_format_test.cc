// FAISS's files against FAISS itself: those that a newer one wrote
// (tools/goldens/foreign_vectors.py), and Debian's as an oracle of what we write.
#include "dpr/vectors/faiss_format.h"

#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIDMap.h>
#include <faiss/index_io.h>
#include <gmock/gmock.h>

#include <cstring>
#include <memory>

#include "dpr/base/error.h"
#include "dpr/base/random.h"
#include "dpr/base/test_environment.h"
#include "dpr/vectors/faiss_file.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;

std::string Golden(const std::string& name) {
  return ReadFile(testing::TestData() / "vectors" / "foreign" / (name + ".faiss"));
}

FaissLayout Parse(std::string_view file) {
  return ParseFaissIndex(std::as_bytes(std::span(file)), "x.faiss");
}

Error Refusal(std::string_view file) {
  try {
    Parse(file);
  } catch (const Error& error) {
    return error;
  }
  return {ErrorCode::kIo, "accepted"};
}

std::vector<float> VectorsIn(std::string_view file) {
  const FaissLayout layout = Parse(file);
  std::vector<float> vectors(static_cast<size_t>(layout.rows * layout.dimensions));
  std::memcpy(vectors.data(), file.data() + layout.vectors, vectors.size() * sizeof(float));
  return vectors;
}

Matrix Random(int64_t rows, int64_t dimensions) {
  Matrix matrix(rows, dimensions);
  const CounterRandom random(5, 0);
  for (int64_t i = 0; i < rows * dimensions; ++i) {
    matrix.row(0)[i] = static_cast<float>(random.Uniform(static_cast<uint64_t>(i)));
  }
  return matrix;
}

std::vector<float> Values(const Matrix& matrix) {
  return {matrix.row(0), matrix.row(0) + matrix.rows() * matrix.columns()};
}

std::string Written(const faiss::Index& index) {
  const testing::TemporaryFolder folder;
  const Path path = folder.path() / "index";
  faiss::write_index(&index, path.c_str());
  return ReadFile(path);
}

TEST(FaissFormat, ReadsWhatHoldsVectorsAsTheyAre) {
  std::vector<float> expected(15);
  for (size_t i = 0; i < expected.size(); ++i) expected[i] = (static_cast<float>(i) - 7) / 4;
  struct Case {
    const char* name;
    const char* index;
    Similarity similarity;
  };
  for (const Case& c : {Case{"flat_ip", "IndexFlatIP", Similarity::kDot},
                        Case{"flat_l2", "IndexFlatL2", Similarity::kL2},
                        Case{"flat_generic", "IndexFlatIP", Similarity::kDot},
                        Case{"id_map", "IndexIDMap of IndexFlatIP", Similarity::kDot},
                        Case{"id_map2", "IndexIDMap2 of IndexFlatL2", Similarity::kL2},
                        Case{"hnsw_l2", "IndexHNSWFlat", Similarity::kL2},
                        Case{"hnsw_ip", "IndexHNSWFlat", Similarity::kDot},
                        Case{"id_map_hnsw", "IndexIDMap of IndexHNSWFlat", Similarity::kL2}}) {
    const std::string file = Golden(c.name);
    const FaissLayout layout = Parse(file);
    EXPECT_EQ(layout.index, c.index);
    EXPECT_EQ(layout.similarity, c.similarity) << c.name;
    EXPECT_EQ(layout.has_graph, std::string(c.name).find("hnsw") != std::string::npos);
    EXPECT_EQ(layout.ids.has_value(), std::string(c.name).starts_with("id_map")) << c.name;
    EXPECT_EQ(VectorsIn(file), expected) << c.name;
  }
  EXPECT_EQ(Parse(Golden("no_rows")).rows, 0);
  EXPECT_EQ(Parse(Golden("hnsw_dpr")).dimensions, 4);
}

TEST(FaissFormat, RefusesOthersByName) {
  for (const auto& [name, says] :
       std::map<std::string, std::string>{{"hnsw_sq", "IndexHNSWSQ"},
                                          {"ivf_flat", "IndexIVFFlat"},
                                          {"scalar_quantizer", "IndexScalarQuantizer"},
                                          {"pre_transform", "IndexPreTransform"},
                                          {"hnsw_without_vectors", "without its vectors"},
                                          {"lp", "metric is number 4"}}) {
    const Error error = Refusal(Golden(name));
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << name;
    EXPECT_THAT(error.what(), HasSubstr(says));
    EXPECT_THAT(error.what(), HasSubstr("x.faiss"));
  }
  EXPECT_EQ(Refusal("Iron and oxygen form rust").code(), ErrorCode::kInvalid);
  EXPECT_EQ(Refusal("").code(), ErrorCode::kInvalid);
}

TEST(FaissFormat, ACutFileAndALongerOneAreNamed) {
  for (const char* name : {"flat_ip", "id_map", "hnsw_l2", "id_map_hnsw"}) {
    const std::string file = Golden(name);
    for (size_t size = 0; size < file.size(); ++size) {
      const Error error = Refusal(file.substr(0, size));
      EXPECT_EQ(error.code(), ErrorCode::kInvalid) << name << " cut at " << size;
      EXPECT_THAT(error.what(), HasSubstr("x.faiss: byte "));
    }
    EXPECT_THAT(Refusal(file + "x").what(), HasSubstr("follows the index"));
  }
}

TEST(FaissFormat, NumbersThatCannotBeAreRefused) {
  const auto with = [](size_t at, auto value) {
    std::string file = Golden("flat_ip");
    std::memcpy(file.data() + at, &value, sizeof value);
    return std::string(Refusal(file).what());
  };
  EXPECT_THAT(with(4, int32_t{0}), HasSubstr("0 dimensions"));
  EXPECT_THAT(with(4, int32_t{-3}), HasSubstr("-3 dimensions"));
  EXPECT_THAT(with(8, int64_t{-1}), HasSubstr("-1 vectors"));
  EXPECT_THAT(with(8, int64_t{6}), HasSubstr("18 are needed"));
  EXPECT_THAT(with(8, INT64_MAX), HasSubstr("vectors"));
  EXPECT_THAT(with(33, int32_t{1}), HasSubstr("two metrics"));
  EXPECT_THAT(with(37, UINT64_MAX), HasSubstr("are needed"));
}

TEST(FaissFormat, ReadsWhatDebiansFaissWrites) {
  for (const auto& [rows, dimensions] : {std::pair<int64_t, int64_t>{1, 1}, {7, 3}, {100, 33}}) {
    const Matrix vectors = Random(rows, dimensions);
    faiss::IndexFlatIP flat(dimensions);
    flat.add(rows, vectors.row(0));
    EXPECT_EQ(VectorsIn(Written(flat)), Values(vectors));
    faiss::IndexHNSWFlat graph(static_cast<int>(dimensions), 8);
    graph.add(rows, vectors.row(0));
    EXPECT_EQ(VectorsIn(Written(graph)), Values(vectors));
    faiss::IndexFlatL2 below(dimensions);
    faiss::IndexIDMap ids(&below);
    const std::vector<faiss::Index::idx_t> numbers(static_cast<size_t>(rows), 42);
    ids.add_with_ids(rows, vectors.row(0), numbers.data());
    const std::string file = Written(ids);
    EXPECT_EQ(VectorsIn(file), Values(vectors));
    int64_t last = 0;
    std::memcpy(&last, file.data() + *Parse(file).ids + sizeof(int64_t) * (rows - 1), sizeof last);
    EXPECT_EQ(last, 42);
  }
}

TEST(FaissFlatWriter, WritesWhatFaissWould) {
  const testing::TemporaryFolder folder;
  for (const Similarity similarity : {Similarity::kDot, Similarity::kL2}) {
    for (const int64_t rows : {int64_t{0}, int64_t{1}, int64_t{50}}) {
      const Matrix vectors = Random(rows, 12);
      const Path path = folder.path() / "index";
      FaissFlatWriter writer(path, similarity, 12, rows);
      for (int64_t row = 0; row < rows; ++row) writer.Append(vectors.view().rows_from(row, 1));
      writer.Finish();
      faiss::IndexFlat index(
          12, similarity == Similarity::kL2 ? faiss::METRIC_L2 : faiss::METRIC_INNER_PRODUCT);
      index.add(rows, vectors.row(0));
      EXPECT_EQ(ReadFile(path), Written(index));
    }
  }
}

TEST(FaissFlatWriter, IsSearchedByFaiss) {
  const testing::TemporaryFolder folder;
  const Path path = folder.path() / "index";
  const Matrix vectors = Random(200, 16);
  FaissFlatWriter writer(path, Similarity::kL2, 16, 200);
  writer.Append(vectors.view());
  writer.Finish();
  const std::unique_ptr<faiss::Index> index(faiss::read_index(path.c_str()));
  ASSERT_EQ(index->ntotal, 200);
  std::vector<float> distances(200);
  std::vector<faiss::Index::idx_t> found(200);
  index->search(200, vectors.row(0), 1, distances.data(), found.data());
  for (int64_t i = 0; i < 200; ++i) EXPECT_EQ(found[static_cast<size_t>(i)], i);
}

}  // namespace
}  // namespace dpr
