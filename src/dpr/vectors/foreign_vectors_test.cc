// Other programs' vectors, from files that they wrote (tools/goldens/foreign_vectors.py).
#include "dpr/vectors/foreign_vectors.h"

#include <gmock/gmock.h>

#include <map>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/vectors/id_list.h"
#include "dpr/vectors/npy.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

Path Golden(const std::string& name) { return testing::TestData() / "vectors" / "foreign" / name; }

// Ids and vectors in the order of the file.
std::vector<std::pair<std::string, std::vector<float>>> Rows(const ForeignVectors& file) {
  std::vector<std::pair<std::string, std::vector<float>>> rows;
  file.ForEach([&](std::string_view id, uint64_t place) {
    std::vector<float> vector(static_cast<size_t>(file.dimensions()));
    file.Read(place, vector);
    rows.emplace_back(id, vector);
  });
  file.Release();
  return rows;
}

// What the goldens hold, with the ids "<prefix>1" to "<prefix>5", or with none.
void ExpectGolden(const ForeignVectors& file, const std::optional<std::string>& prefix) {
  const auto rows = Rows(file);
  ASSERT_EQ(rows.size(), 5u) << file.path();
  EXPECT_EQ(file.has_ids(), prefix.has_value());
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].first, prefix ? *prefix + std::to_string(i + 1) : "") << file.path();
    const float first = (3 * static_cast<float>(i) - 7) / 4;
    EXPECT_THAT(rows[i].second, ElementsAre(first, first + 0.25f, first + 0.5f)) << file.path();
  }
}

Error Refusal(const Path& path, const std::optional<Path>& ids = std::nullopt) {
  try {
    Rows(*OpenForeignVectors(path, ids));
  } catch (const Error& error) {
    return error;
  }
  return {ErrorCode::kIo, "accepted"};
}

TEST(ForeignVectors, ReadsDprsEmbeddingsInEachProtocol) {
  for (const char* name : {"protocol3", "protocol3_numpy1", "protocol4", "protocol5", "one_by_one",
                           "longer_tuples", "matrices_of_one_row"}) {
    const auto file = OpenForeignVectors(Golden(std::string(name) + ".pkl"), {});
    EXPECT_EQ(file->kind(), "pickled embeddings of DPR's");
    EXPECT_EQ(file->similarity(), std::nullopt);
    ExpectGolden(*file, "wiki:");
  }
  ExpectGolden(*OpenForeignVectors(Golden("numbers_as_ids.pkl"), {}), "");
}

TEST(ForeignVectors, RefusesOtherPicklesByName) {
  for (const auto& [name, says] :
       std::map<std::string, std::string>{{"protocol2", "protocol 2"},
                                          {"float16", "`<f2`"},
                                          {"float64", "`<f8`"},
                                          {"big_endian", "`>f4`"},
                                          {"other_dimensions", "item 6 of the pickled list"},
                                          {"a_matrix", "not one vector"},
                                          {"lists_of_numbers", "no array"},
                                          {"no_id", "begins with no id"},
                                          {"no_tuples", "no tuple"},
                                          {"empty_list", "no vectors"},
                                          {"a_dict", "no list"},
                                          {"calls_system", "no tuple"}}) {
    const Error error = Refusal(Golden(name + ".pkl"));
    EXPECT_THAT(error.what(), HasSubstr(says)) << name;
    EXPECT_THAT(error.where(), HasSubstr(name + ".pkl"));
  }
}

TEST(ForeignVectors, ReadsIndexesAndTheIdsBesideThem) {
  const testing::TemporaryFolder folder;
  const auto copy = [&](const char* from, const Path& to) {
    fs::create_directories((folder.path() / to).parent_path());
    fs::copy(Golden(from), folder.path() / to);
    return folder.path() / to;
  };
  ExpectGolden(*OpenForeignVectors(copy("flat_ip.faiss", "alone/x.faiss"), {}), std::nullopt);
  ExpectGolden(*OpenForeignVectors(Golden("id_map.faiss"), {}), "");

  copy("docid", "pyserini/docid");
  copy("flat_ip.faiss", "pyserini/index");
  ExpectGolden(*OpenForeignVectors(folder.path() / "pyserini" / "index", {}), "wiki:");
  ExpectGolden(*OpenForeignVectors(folder.path() / "pyserini", {}), "wiki:");

  copy("index_meta.dpr", "dpr/index_meta.dpr");
  copy("index_meta.dpr", "dpr/nq.index_meta.dpr");
  copy("hnsw_l2.faiss", "dpr/nq.index.dpr");
  copy("hnsw_l2.faiss", "dpr/index.dpr");
  const auto hnsw = OpenForeignVectors(folder.path() / "dpr" / "nq.index.dpr", {});
  ExpectGolden(*hnsw, "wiki:");
  EXPECT_TRUE(hnsw->has_graph());
  EXPECT_EQ(hnsw->similarity(), Similarity::kL2);
  ExpectGolden(*OpenForeignVectors(folder.path() / "dpr", {}), "wiki:");

  copy("numbers.dpr", "alone/x.faiss.ids");
  ExpectGolden(*OpenForeignVectors(folder.path() / "alone" / "x.faiss", {}), "");
  ExpectGolden(*OpenForeignVectors(folder.path() / "alone" / "x.faiss", Golden("docid")), "wiki:");
}

TEST(ForeignVectors, ReadsArrays) {
  const testing::TemporaryFolder folder;
  const Path path = folder.path() / "x.npy";
  Matrix matrix(5, 3);
  for (int64_t i = 0; i < 15; ++i) matrix.row(0)[i] = (static_cast<float>(i) - 7) / 4;
  NpyWriter writer(path, 3);
  writer.Append(matrix.view());
  writer.Finish();
  ExpectGolden(*OpenForeignVectors(path, {}), std::nullopt);
  ExpectGolden(*OpenForeignVectors(path, Golden("docid")), "wiki:");
}

TEST(ForeignVectors, SaysWhatDoesNotBelongTogether) {
  const testing::TemporaryFolder folder;
  const Path few = folder.Write("few", "1\n2\n"), many = folder.Write("many", "1\n2\n3\n4\n5\n6\n");
  const Path gap = folder.Write("gap", "1\n\n3\n4\n5\n");
  EXPECT_EQ(Refusal(Golden("flat_ip.faiss"), few).code(), ErrorCode::kMismatch);
  EXPECT_THAT(Refusal(Golden("flat_ip.faiss"), few).what(), HasSubstr("2 ids"));
  EXPECT_THAT(Refusal(Golden("flat_ip.faiss"), many).what(), HasSubstr("6 ids"));
  EXPECT_THAT(Refusal(Golden("flat_ip.faiss"), gap).what(), HasSubstr("gap, line 2"));
  EXPECT_EQ(Refusal(Golden("id_map.faiss"), many).code(), ErrorCode::kUsage);
  EXPECT_EQ(Refusal(Golden("protocol4.pkl"), many).code(), ErrorCode::kUsage);
  EXPECT_EQ(Refusal(folder.path()).code(), ErrorCode::kNotFound);
  EXPECT_THAT(Refusal(folder.Write("text", "Iron")).what(), HasSubstr("no pickle"));
  EXPECT_THAT(Refusal(folder.Write("empty", "")).what(), HasSubstr("is empty"));
  EXPECT_EQ(Refusal(folder.path() / "absent").code(), ErrorCode::kNotFound);
}

TEST(ForeignVectors, CutPicklesAreNamed) {
  const testing::TemporaryFolder folder;
  const std::string whole = ReadFile(Golden("protocol4.pkl"));
  for (size_t size = 0; size < whole.size(); ++size) {
    const Error error = Refusal(folder.Write("cut.pkl", whole.substr(0, size)));
    EXPECT_EQ(error.code(), ErrorCode::kInvalid) << size;
    EXPECT_THAT(error.where(), HasSubstr("cut.pkl"));
  }
}

TEST(IdList, ReadsPicklesAndLines) {
  const auto ids = [](const Path& path) {
    std::vector<std::string> found;
    ForEachId(path, [&](std::string_view id) { found.emplace_back(id); });
    return found;
  };
  const std::vector<std::string> expected = {"wiki:1", "wiki:2", "wiki:3", "wiki:4", "wiki:5"};
  EXPECT_EQ(ids(Golden("docid")), expected);
  EXPECT_EQ(ids(Golden("index_meta.dpr")), expected);
  EXPECT_THAT(ids(Golden("numbers.dpr")), ElementsAre("1", "2", "3", "4", "5"));
  EXPECT_THROW(ids(Golden("protocol4.pkl")), Error);
  for (const char* fits : {"a", "a b", "a\rb"}) EXPECT_TRUE(IsOneLine(fits)) << fits;
  constexpr const char* kMarked = "\xEF\xBB\xBFid";
  for (const char* does_not : {"", "a\n", "a\nb", "a\r", kMarked}) {
    EXPECT_FALSE(IsOneLine(does_not)) << does_not;
  }
}

}  // namespace
}  // namespace dpr
