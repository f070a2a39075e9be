#include "dpr/bert/safetensors_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/bert/model_tensors.h"
#include "dpr/bert/safetensors.h"

namespace dpr {
namespace {

class Writer : public ::testing::Test {
 protected:
  Path path() const { return folder_.path() / "model.safetensors"; }

  testing::TemporaryFolder folder_;
};

TEST_F(Writer, TakesTheValuesInPiecesOfAnySize) {
  std::vector<float> values(2 * 3 + 5 * 7 + 1);
  std::iota(values.begin(), values.end(), 1.0f);
  const std::vector<TensorHeader> header = {
      {"z", {2, 3}}, {"empty", {0, 4}}, {"a", {5, 7}}, {"scalar", {}}};
  for (const size_t piece : {size_t{1}, size_t{4}, size_t{6}, values.size()}) {
    SafetensorsWriter writer(path(), header);
    for (size_t begin = 0; begin < values.size(); begin += piece) {
      const size_t count = std::min(piece, values.size() - begin);
      writer.Write(std::span(values).subspan(begin, count));
    }
    writer.Commit();
    const StoredTensors read = OpenTensorFile(path());
    ASSERT_EQ(read.tensors.size(), 4u);
    EXPECT_THAT(FloatTensor(*read.Find("z")).values(),
                ::testing::ElementsAreArray(values.begin(), values.begin() + 6));
    EXPECT_EQ(read.Find("a")->shape, (Shape{5, 7}));
    EXPECT_THAT(FloatTensor(*read.Find("a")).values(),
                ::testing::ElementsAreArray(values.begin() + 6, values.end() - 1));
    EXPECT_THAT(FloatTensor(*read.Find("scalar")).values(), ::testing::ElementsAre(values.back()));
    EXPECT_EQ(read.Find("z")->offset % 8, 0u);
  }
}

TEST_F(Writer, KeepsMetadataAndSaysWhatTransformersAsksFor) {
  SafetensorsWriter(path(), {}, {{"step", "17"}, {"a \"name\"", "B\u00e9zier\n"}}).Commit();
  EXPECT_EQ(ReadSafetensorsMetadata(path()),
            (std::map<std::string, std::string>{
                {"step", "17"}, {"a \"name\"", "B\u00e9zier\n"}, {"format", "pt"}}));
  folder_.Write("none.safetensors", std::string("\2\0\0\0\0\0\0\0{}", 10));
  EXPECT_TRUE(ReadSafetensorsMetadata(folder_.path() / "none.safetensors").empty());
  folder_.Write("bad.safetensors", "abc");
  EXPECT_THROW(ReadSafetensorsMetadata(folder_.path() / "bad.safetensors"), Error);
}

TEST_F(Writer, LeavesTheOldFileUntilItIsCommitted) {
  folder_.Write("model.safetensors", "old");
  {
    SafetensorsWriter writer(path(), {{"a", {2}}});
    writer.Write(std::vector<float>{1, 2});
    EXPECT_EQ(ReadFile(path()), "old");
  }
  EXPECT_EQ(ReadFile(path()), "old");
  EXPECT_FALSE(std::filesystem::exists(path().string() + ".tmp"));
}

TEST_F(Writer, StopsAtOurOwnMistakes) {
  const std::vector<float> two = {1, 2};
  EXPECT_DEATH(SafetensorsWriter(path(), {{"a", {1}}}).Write(two), "missing_ >= 0");
  EXPECT_DEATH(SafetensorsWriter(path(), {{"a", {1}}}).Commit(), "missing_ == 0");
  EXPECT_DEATH(SafetensorsWriter(path(), {{"a", {1}}, {"a", {1}}}), "names.insert");
}

}  // namespace
}  // namespace dpr
