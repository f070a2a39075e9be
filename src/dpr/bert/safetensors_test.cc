#include "dpr/bert/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/bert/model_tensors.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;

std::string FileOf(const std::string& header, const std::string& data) {
  const uint64_t length = header.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + header + data;
}

std::vector<StoredTensor> Parse(const std::string& bytes) {
  return ParseSafetensors(std::as_bytes(std::span(bytes)), "file");
}

std::string Refused(const std::string& bytes) {
  try {
    Parse(bytes);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalid);
    return error.what();
  }
  return "accepted";
}

std::string OpeningRefused(const Path& folder) {
  try {
    OpenModelTensors(folder);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Safetensors, ReadsNamesTypesShapesAndPlaces) {
  const auto tensors = Parse(FileOf(R"({"__metadata__":{"format":"pt"},)"
                                    R"("b":{"dtype":"F16","shape":[2],"data_offsets":[8,12]},)"
                                    R"("a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
                                    R"("i":{"dtype":"I64","shape":[],"data_offsets":[12,20]}}   )",
                                    std::string(20, 'x')));
  ASSERT_EQ(tensors.size(), 3u);
  EXPECT_EQ(tensors[0].name, "a");
  EXPECT_EQ(tensors[0].type, ElementType::kF32);
  EXPECT_EQ(tensors[0].shape, (Shape{1, 2}));
  EXPECT_EQ(tensors[0].bytes, 8u);
  EXPECT_EQ(tensors[1].name, "b");
  EXPECT_EQ(tensors[1].type, ElementType::kF16);
  EXPECT_EQ(tensors[1].offset, tensors[0].offset + 8);
  EXPECT_EQ(tensors[2].type, ElementType::kOther);
  EXPECT_EQ(tensors[2].type_name, "I64");
}

TEST(Safetensors, WritesWhatItReads) {
  const testing::TemporaryFolder folder;
  const Path path = folder.path() / "model.safetensors";
  const std::vector<float> a = {1, -2, 3.5f, 0, 1e-30f, 7}, b = {42};
  WriteSafetensors(path,
                   std::vector<NamedTensor>{
                       {"a", {2, 3}, a}, {"empty", {0}, {}}, {"a name with \"quotes\"", {}, b}});
  const StoredTensors read = OpenModelTensors(folder.path());
  EXPECT_EQ(read.tensors.size(), 3u);
  EXPECT_EQ(FloatTensor(*read.Find("a")).shape(), (Shape{2, 3}));
  EXPECT_THAT(FloatTensor(*read.Find("a")).values(), ::testing::ElementsAreArray(a));
  EXPECT_THAT(FloatTensor(*read.Find("a name with \"quotes\"")).values(),
              ::testing::ElementsAre(42));
  EXPECT_EQ(read.Find("empty")->bytes, 0u);
  EXPECT_EQ(read.Find("a")->offset % 8, 0u);
  EXPECT_EQ(read.Find("absent"), nullptr);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "model.safetensors.tmp"));
}

TEST(Safetensors, RefusesHeadersThatDoNotFitTheFile) {
  EXPECT_THAT(Refused(""), HasSubstr("0 bytes do not hold the header"));
  EXPECT_THAT(Refused("1234567"), HasSubstr("header"));
  EXPECT_THAT(Refused(std::string(8, '\xff')), HasSubstr("header"));
  EXPECT_THAT(Refused(FileOf("{}", "").substr(0, 9)), HasSubstr("header"));
  EXPECT_THAT(Refused(FileOf("{", "")), HasSubstr("not JSON"));
  EXPECT_THAT(Refused(FileOf("[]", "")), HasSubstr("object"));
  EXPECT_THAT(Refused(FileOf("{}", "x")), HasSubstr("1 bytes follow the last tensor"));
}

// One entry over `data_bytes` bytes of data.
std::string Entry(const std::string& type, const std::string& shape, const std::string& offsets,
                  size_t data_bytes) {
  return Refused(FileOf("{\"w\":{\"dtype\":\"" + type + "\",\"shape\":" + shape +
                            ",\"data_offsets\":" + offsets + "}}",
                        std::string(data_bytes, 'x')));
}

TEST(Safetensors, RefusesHostileEntriesNamingTheTensor) {
  EXPECT_EQ(Entry("F32", "[2]", "[0,8]", 8), "accepted");
  EXPECT_THAT(Entry("F32", "[2]", "[0,8]", 7), HasSubstr("`w` lies at bytes 0 to 8"));
  EXPECT_THAT(Entry("F32", "[2]", "[8,0]", 8), HasSubstr("`w` lies at"));
  EXPECT_THAT(Entry("F32", "[2]", "[-8,0]", 8), HasSubstr("`w` lies at"));
  EXPECT_THAT(Entry("F32", "[3]", "[0,8]", 8), HasSubstr("should have 12 bytes, but has 8"));
  EXPECT_THAT(Entry("F16", "[2]", "[0,8]", 8), HasSubstr("should have 4 bytes"));
  EXPECT_THAT(Entry("F32", "[-2]", "[0,8]", 8), HasSubstr("`w`"));
  EXPECT_THAT(Entry("F32", "[4611686018427387904,4]", "[0,8]", 8), HasSubstr("makes no tensor"));
  EXPECT_THAT(Entry("F32", "[2]", "[0,18446744073709551615]", 8), HasSubstr("whole number"));
  EXPECT_THAT(Entry("F32", "[2]", "[0]", 8), HasSubstr("not two numbers"));
  EXPECT_THAT(Entry("F32", "[2.5]", "[0,8]", 8), HasSubstr("whole number"));
  EXPECT_THAT(Entry("F32", "2", "[0,8]", 8), HasSubstr("`w`.`shape` must be a list"));
  EXPECT_THAT(Refused(FileOf(R"({"w":{"dtype":"F32","shape":[]}})", "")), HasSubstr("lacks"));
  EXPECT_THAT(Refused(FileOf(R"({"w":null})", "")), HasSubstr("`w` must be an object"));
}

std::string TwoTensors(const std::string& first, const std::string& second, size_t data_bytes) {
  const std::string body = "\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":";
  return Refused(FileOf("{\"a\":{" + body + first + "},\"b\":{" + body + second + "}}",
                        std::string(data_bytes, 'x')));
}

TEST(Safetensors, RefusesOverlapsAndHoles) {
  EXPECT_EQ(TwoTensors("[0,4]", "[4,8]", 8), "accepted");
  EXPECT_THAT(TwoTensors("[0,4]", "[3,7]", 7), HasSubstr("`b` overlaps"));
  EXPECT_THAT(TwoTensors("[0,4]", "[0,4]", 4), HasSubstr("overlaps"));
  EXPECT_THAT(TwoTensors("[0,4]", "[5,9]", 9), HasSubstr("`b` leaves a hole"));
  EXPECT_THAT(TwoTensors("[4,8]", "[8,12]", 12), HasSubstr("`a` leaves a hole"));
  EXPECT_THAT(TwoTensors("[0,4]", "[4,8]", 9), HasSubstr("1 bytes follow"));
}

TEST(Safetensors, RefusesANameGivenTwice) {
  const std::string entry = R"({"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  EXPECT_THAT(Refused(FileOf("{\"a\":" + entry + ",\"a\":" + entry + "}", "")),
              HasSubstr("`a` is given twice"));
}

class Shards : public ::testing::Test {
 protected:
  void Write(const char* file, const char* tensor) {
    const std::vector<float> values = {1, 2};
    WriteSafetensors(folder_.path() / file, std::vector<NamedTensor>{{tensor, {2}, values}});
  }
  void WriteIndex(const std::string& map) {
    folder_.Write("model.safetensors.index.json", "{\"weight_map\":" + map + "}");
  }
  std::string Refusal() const { return OpeningRefused(folder_.path()); }

  testing::TemporaryFolder folder_;
};

TEST_F(Shards, AreReadAsOneModel) {
  Write("one.safetensors", "a");
  Write("two.safetensors", "b");
  WriteIndex(R"({"a":"one.safetensors","b":"two.safetensors"})");
  const StoredTensors tensors = OpenModelTensors(folder_.path());
  EXPECT_EQ(tensors.files.size(), 2u);
  EXPECT_NE(tensors.Find("a"), nullptr);
  EXPECT_EQ(tensors.Find("b")->file->path().filename(), "two.safetensors");
}

TEST_F(Shards, ThatDoNotHoldWhatTheIndexSaysAreRefused) {
  Write("one.safetensors", "a");
  WriteIndex(R"({"a":"one.safetensors","b":"one.safetensors"})");
  EXPECT_THAT(Refusal(), HasSubstr("`b` is not in `one.safetensors`"));
  WriteIndex(R"({"a":"one.safetensors","b":"two.safetensors"})");
  EXPECT_THAT(Refusal(), HasSubstr("two.safetensors"));
  Write("two.safetensors", "a");
  EXPECT_THAT(Refusal(), HasSubstr("`a` is in another file"));
  WriteIndex(R"({"a":1})");
  EXPECT_THAT(Refusal(), HasSubstr("`weight_map`.`a` must be a text"));
  folder_.Write("model.safetensors.index.json", "{}");
  EXPECT_THAT(Refusal(), HasSubstr("`weight_map` is missing"));
}

TEST_F(Shards, OutsideOfTheFolderAreRefused) {
  for (const char* file : {"../one.safetensors", "/etc/passwd", "..", ".", "sub/x", ""}) {
    WriteIndex("{\"a\":\"" + std::string(file) + "\"}");
    EXPECT_THAT(Refusal(), HasSubstr("not the name of a file beside it")) << file;
  }
}

TEST(OpenModelTensors, SaysWhatIsMissing) {
  const testing::TemporaryFolder folder;
  EXPECT_THAT(OpeningRefused(folder.path()), HasSubstr("no model.safetensors"));
  folder.Write("pytorch_model.bin", "");
  EXPECT_THAT(OpeningRefused(folder.path()), HasSubstr("the pickle ends here"));
  folder.Write("model.safetensors", "");
  EXPECT_THAT(OpeningRefused(folder.path()), HasSubstr("model.safetensors: not a safetensors"));
}

}  // namespace
}  // namespace dpr
