// torch's files against what torch says is in them (tools/goldens/torch_files.py).
#include "dpr/bert/torch_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/bert/model_tensors.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;

Path Folder() { return testing::TestData() / "bert" / "torch"; }

std::vector<float> Values(const StoredTensor& stored) {
  FloatTensor tensor(stored);
  tensor.ConvertRange(stored, 0, tensor.size());
  return {tensor.values().begin(), tensor.values().end()};
}

class TorchFile : public ::testing::TestWithParam<const char*> {};

TEST_P(TorchFile, HoldsWhatTorchPutIntoIt) {
  const StoredTensors expected = OpenTensorFile(Folder() / "expected.safetensors");
  const StoredTensors read = OpenTensorFile(Folder() / GetParam());
  EXPECT_EQ(read.tensors.size(), expected.tensors.size() + 1) << "and the integers";
  EXPECT_EQ(read.Find("position_ids")->type_name, "I64");
  EXPECT_EQ(read.Find("half")->type, ElementType::kF16);
  EXPECT_EQ(read.Find("bfloat")->type, ElementType::kBf16);
  for (const auto& [name, tensor] : expected.tensors) {
    const StoredTensor* found = read.Find(name);
    ASSERT_NE(found, nullptr) << name;
    EXPECT_EQ(found->shape, tensor.shape) << name;
    EXPECT_EQ(Values(*found), Values(tensor)) << name;
  }
}

TEST_P(TorchFile, CutShortAnywhereIsAnErrorAndNeverMore) {
  const std::string whole = ReadFile(Folder() / GetParam());
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto bytes = std::as_bytes(std::span(whole).first(size));
    EXPECT_THROW(ParseTorchFile(bytes, "cut"), Error) << size;
  }
}

TEST_P(TorchFile, AFlippedByteNeverLeadsOutsideOfTheFile) {
  const std::string whole = ReadFile(Folder() / GetParam());
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x41);
    try {
      for (const StoredTensor& tensor :
           ParseTorchFile(std::as_bytes(std::span(flipped)), "flipped")) {
        ASSERT_LE(tensor.offset, flipped.size());
        ASSERT_LE(tensor.bytes, flipped.size() - tensor.offset);
      }
    } catch (const Error&) {
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, TorchFile,
                         ::testing::Values("zip.bin", "legacy.bin", "checkpoint.bin"));

TEST(TorchFileErrors, ATransposedTensorIsNamed) {
  try {
    OpenTensorFile(Folder() / "strided.bin");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr("`t` is not stored row by row"));
  }
}

}  // namespace
}  // namespace dpr
