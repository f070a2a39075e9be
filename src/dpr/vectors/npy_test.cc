// .npy files against those that NumPy saved (tools/goldens/npy.py).
#include "dpr/vectors/npy.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/vectors/npy_header.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Path Golden(const std::string& name) { return testing::TestData() / "vectors" / (name + ".npy"); }

std::vector<float> Values(ConstFloatView view) {
  return {view.data, view.data + view.rows * view.columns};
}

Error ErrorOf(const Path& path) {
  try {
    const NpyFile file(path);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << path << " was accepted";
  return {ErrorCode::kIo, ""};
}

Error ErrorOfHeader(const std::string& file) {
  try {
    ParseNpyHeader(file, "x.npy");
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "accepted";
  return {ErrorCode::kIo, ""};
}

// A version 1.0 file with this dict and `data_bytes` zero bytes, the header padded to 64.
std::string FileWith(std::string dict, size_t data_bytes) {
  dict.resize((dict.size() + 11 + 63) / 64 * 64 - 11, ' ');
  dict += '\n';
  std::string file = "\x93NUMPY\x01";
  file += {'\0', static_cast<char>(dict.size() & 0xff), static_cast<char>(dict.size() >> 8)};
  return file + dict + std::string(data_bytes, '\0');
}

TEST(NpyFile, ReadsEveryVersionOfTheFormat) {
  for (const char* name : {"v1", "v2", "v3"}) {
    const NpyFile file(Golden(name));
    EXPECT_EQ(file.view().rows, 2) << name;
    EXPECT_EQ(file.view().columns, 3) << name;
    EXPECT_THAT(Values(file.view()), ElementsAre(0.0f, 0.25f, 0.5f, 0.75f, 1.0f, 1.25f)) << name;
  }
}

TEST(NpyFile, ReadsAMatrixWithoutRows) {
  const NpyFile file(Golden("no_rows"));
  EXPECT_EQ(file.view().rows, 0);
  EXPECT_EQ(file.view().columns, 3);
}

TEST(NpyFile, RefusesByNameWhatIsNoFloatMatrix) {
  const std::pair<const char*, const char*> cases[] = {
      {"fortran_order", "stored by columns (Fortran order)"},
      {"big_endian", "big-endian float32"},
      {"float64", "float64"},
      {"float16", "float16"},
      {"int32", "`<i4`"},
      {"objects", "pickled Python objects"},
      {"records", "records, not numbers"},
      {"one_axis", "1 axes"},
      {"three_axes", "3 axes"},
      {"no_axes", "0 axes"},
      {"no_columns", "no dimensions"},
  };
  for (const auto& [name, expected] : cases) {
    const Error error = ErrorOf(Golden(name));
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << name;
    EXPECT_THAT(error.problem(), HasSubstr(expected)) << name;
    EXPECT_THAT(error.where(), HasSubstr(name)) << name;
    EXPECT_THAT(error.hint(), HasSubstr("numpy.save")) << name;
  }
}

TEST(NpyFile, RefusesWhatIsNoNpyFile) {
  const testing::TemporaryFolder folder;
  EXPECT_EQ(ErrorOf(folder.path() / "none.npy").code(), ErrorCode::kNotFound);
  EXPECT_EQ(ErrorOf(folder.path()).code(), ErrorCode::kInvalid);
  for (const char* content : {"", "\x93NUMPY", "a passage\n"}) {
    const Error error = ErrorOf(folder.Write("x.npy", content));
    EXPECT_THAT(error.problem(), HasSubstr("not a .npy file")) << content;
  }
  EXPECT_THAT(ErrorOf(folder.Write("x.npy", "PK\x03\x04zip")).problem(), HasSubstr(".npz"));
}

TEST(NpyHeader, AcceptsAnyOrderOfKeysAndOtherQuotes) {
  const std::string file =
      FileWith(R"({"shape":(2L,3,),"fortran_order":False , "descr":"<f4"})", 24);
  const NpyHeader header = ParseNpyHeader(file, "x.npy");
  EXPECT_EQ(header.rows, 2);
  EXPECT_EQ(header.columns, 3);
  EXPECT_EQ(header.data_offset, 128u);
}

TEST(NpyHeader, EvaluatesNothing) {
  for (const char* shape : {"(1+1, 3)", "(len('ab'), 3)", "[2, 3]", "(2, -3)", "(2., 3)", "2, 3",
                            "(2 3)", "(2, 3", "(,)", "None"}) {
    const std::string dict =
        "{'descr': '<f4', 'fortran_order': False, 'shape': " + std::string(shape) + ", }";
    EXPECT_EQ(ErrorOfHeader(FileWith(dict, 24)).code(), ErrorCode::kInvalid) << shape;
  }
}

TEST(NpyHeader, RefusesADictThatIsNotExactlyTheOneNeeded) {
  const std::string good = "'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), ";
  EXPECT_NO_THROW(ParseNpyHeader(FileWith("{" + good + "}", 24), "x.npy"));
  for (const std::string& dict :
       {"{" + good + "'shape': (2, 3)}", "{" + good + "'order': 'C'}", "{" + good,
        "{" + good + "}}", "{" + good + "} ()", std::string("{'descr': '<f4', 'shape': (2, 3)}"),
        std::string("{}"), std::string("{'descr': '<f4"),
        "{" + good + "}" + std::string(1, '\0')}) {
    EXPECT_EQ(ErrorOfHeader(FileWith(dict, 24)).code(), ErrorCode::kInvalid) << dict;
  }
}

TEST(NpyHeader, LengthsThatDoNotFitAreRefusedWithoutOverflow) {
  const auto dict = [](const std::string& shape) {
    return "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
  };
  for (const size_t bytes : {0, 20, 23, 25, 28, 48}) {
    EXPECT_THAT(ErrorOfHeader(FileWith(dict("2, 3"), bytes)).problem(), HasSubstr("2 x 3 floats"));
  }
  // The products of these wrap around to small numbers in 64 bits.
  for (const char* shape : {"4611686018427387904, 4", "4611686018427387905, 3",
                            "6148914691236517206, 6148914691236517206"}) {
    EXPECT_EQ(ErrorOfHeader(FileWith(dict(shape), 24)).code(), ErrorCode::kInvalid) << shape;
    EXPECT_EQ(ErrorOfHeader(FileWith(dict(shape), 0)).code(), ErrorCode::kInvalid) << shape;
  }
  EXPECT_THAT(ErrorOfHeader(FileWith(dict("9223372036854775808, 3"), 24)).problem(),
              HasSubstr("too large"));
}

TEST(NpyHeader, RefusesAnUnknownVersionAndAHeaderBeyondTheFile) {
  std::string file = FileWith("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 24);
  file[6] = 4;
  EXPECT_THAT(ErrorOfHeader(file).problem(), HasSubstr("version 4.0"));
  file[6] = 2;  // its length field now takes in the first bytes of the dict
  EXPECT_THAT(ErrorOfHeader(file).problem(), HasSubstr("header is said to have"));
  file[6] = 1;
  EXPECT_THAT(ErrorOfHeader(file.substr(0, 60)).problem(), HasSubstr("header is said to have"));
}

TEST(NpyHeader, RefusesAnArrayThatFloatsCannotBeReadFrom) {
  std::string file = "\x93NUMPY\x01";
  const std::string dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }\n";
  file += {'\0', static_cast<char>(dict.size() + 1), '\0'};
  file += " " + dict + std::string(4, '\0');
  ASSERT_NE((file.size() - 4) % 4, 0u);
  EXPECT_THAT(ErrorOfHeader(file).problem(), HasSubstr("multiple of 4"));
}

TEST(NpyWriter, WritesTheBytesThatNumpySaves) {
  const testing::TemporaryFolder folder;
  const float values[] = {0.0f, 0.25f, 0.5f, 0.75f, 1.0f, 1.25f};
  NpyWriter writer(folder.path() / "x.npy", 3);
  writer.Append({values, 1, 3});
  writer.Append({values + 3, 1, 3});
  writer.Finish();
  EXPECT_EQ(ReadFile(folder.path() / "x.npy"), ReadFile(Golden("v1")));
}

TEST(NpyWriter, TakesStridedRows) {
  const testing::TemporaryFolder folder;
  const float values[] = {0.0f, 0.25f, 0.5f, -1.0f, 0.75f, 1.0f, 1.25f, -1.0f};
  NpyWriter writer(folder.path() / "x.npy", 3);
  writer.Append({values, 2, 3, 4});
  writer.Finish();
  EXPECT_EQ(ReadFile(folder.path() / "x.npy"), ReadFile(Golden("v1")));
}

TEST(NpyWriter, LeavesNothingWithoutFinish) {
  const testing::TemporaryFolder folder;
  { NpyWriter writer(folder.path() / "x.npy", 3); }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(NpyWriter, RefusesAPipeAtOnce) {
  const testing::TemporaryFolder folder;
  const Path pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  try {
    const NpyWriter writer(pipe, 3);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.problem(), HasSubstr("pipe"));
  }
}

}  // namespace
}  // namespace dpr
