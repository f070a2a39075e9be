#include "dpr/bert/dpr_checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
// NOLINTNEXTLINE(misc-unused-using-decls): clang-tidy 14 does not see uses of literals.
using std::string_literals::operator""s;

Path Golden(const char* name) { return testing::TestData() / "encoder" / "dpr_checkpoint" / name; }

TEST(DprCheckpoint, ReadsTheParametersThatOmegaconfWraps) {
  const DprCheckpoint read = OpenDprCheckpoint(Golden("zip.cp"));
  EXPECT_THAT(read.fields, ElementsAre("model_dict", "optimizer_dict", "scheduler_dict", "offset",
                                       "epoch", "encoder_params"));
  EXPECT_FALSE(read.is_legacy);
  EXPECT_EQ(read.epoch, 25);
  EXPECT_EQ(read.offset, 460);
  EXPECT_EQ(read.do_lower_case, true);
  EXPECT_EQ(read.projection, 0);
  EXPECT_EQ(read.sequence_length, 24);
  EXPECT_EQ(read.pretrained_model, "bert-base-uncased");
  EXPECT_EQ(read.encoder_type, "hf_bert");
}

TEST(DprCheckpoint, ReadsTheFlatParametersOf2020) {
  const DprCheckpoint read = OpenDprCheckpoint(Golden("legacy.cp"));
  EXPECT_TRUE(read.is_legacy);
  EXPECT_EQ(read.do_lower_case, false);
  EXPECT_EQ(read.projection, 8);
  EXPECT_EQ(read.sequence_length, 20);
  EXPECT_EQ(read.pretrained_model, "bert-base-cased");
  EXPECT_EQ(read.tensors.files.size(), 1u);
}

TEST(DprCheckpoint, TellsTheSizesFromTheTensors) {
  const StoredTensors tensors =
      OpenDprCheckpoint(Golden("legacy.cp")).tensors.Below(DprCheckpoint::kPassagePrefix);
  const BertConfig config = ConfigFromTensors(tensors, "file");
  EXPECT_EQ(config.vocabulary, 97);
  EXPECT_EQ(config.hidden, 64);
  EXPECT_EQ(config.layers, 1);
  EXPECT_EQ(config.heads, 1);
  EXPECT_EQ(config.intermediate, 16);
  EXPECT_EQ(config.positions, 32);
  EXPECT_EQ(config.segments, 2);
  EXPECT_EQ(config.projection, 8);
}

StoredTensors Shapes(const std::map<std::string, Shape>& shapes) {
  StoredTensors tensors;
  for (const auto& [name, shape] : shapes) {
    StoredTensor tensor;
    tensor.name = name;
    tensor.shape = shape;
    tensors.tensors[name] = tensor;
  }
  return tensors;
}

class ConfigOf : public ::testing::Test {
 protected:
  std::map<std::string, Shape> shapes_ = {
      {"embeddings.word_embeddings.weight", {30522, 768}},
      {"embeddings.position_embeddings.weight", {512, 768}},
      {"embeddings.token_type_embeddings.weight", {2, 768}},
      {"encoder.layer.0.intermediate.dense.weight", {3072, 768}},
      {"encoder.layer.1.output.dense.bias", {768}},
      {"encoder.layer.10.output.dense.bias", {768}}};

  std::string Refused() {
    try {
      ConfigFromTensors(Shapes(shapes_), "file");
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  }
};

TEST_F(ConfigOf, CountsHeadsOfSixtyFourAndLayersWithoutAHole) {
  const BertConfig config = ConfigFromTensors(Shapes(shapes_), "file");
  EXPECT_EQ(config.heads, 12);
  EXPECT_EQ(config.layers, 2);
  EXPECT_EQ(config.projection, 0);
}

TEST_F(ConfigOf, NamesWhatMakesNoBert) {
  shapes_["embeddings.word_embeddings.weight"] = {30522, 100};
  EXPECT_THAT(Refused(), HasSubstr("hidden size is 100"));
  shapes_["embeddings.word_embeddings.weight"] = {30522};
  EXPECT_THAT(Refused(), HasSubstr("`embeddings.word_embeddings.weight` has the shape [30522]"));
  shapes_["embeddings.word_embeddings.weight"] = {0, 64};
  EXPECT_THAT(Refused(), HasSubstr("has the shape [0, 64]"));
  shapes_["embeddings.word_embeddings.weight"] = {int64_t{1} << 40, 64};
  EXPECT_THAT(Refused(), HasSubstr("which a BERT's has not"));
  shapes_.erase("embeddings.word_embeddings.weight");
  EXPECT_THAT(Refused(), HasSubstr("`embeddings.word_embeddings.weight` is missing"));
}

// A file in torch's legacy format with this as what was saved, and no storages.
std::string LegacyFile(const std::string& saved) {
  const std::string magic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s;
  return magic + "\x80\x02M\xe9\x03."s + "\x80\x02}."s + saved + "\x80\x02]."s;
}

class HostileCheckpoint : public ::testing::Test {
 protected:
  DprCheckpoint Read(const std::string& saved) const {
    return ReadTorchCheckpoint(folder_.Write("hostile.cp", LegacyFile(saved)));
  }
  // encoder_params as these instructions make them, in a dict with an empty model_dict.
  DprCheckpoint WithParameters(const std::string& instructions) const {
    return Read(
        "\x80\x02}(U\x0a"
        "model_dict}U\x0e"
        "encoder_params"s +
        instructions + "u."s);
  }

  testing::TemporaryFolder folder_;
};

TEST_F(HostileCheckpoint, CallsNothing) {
  const std::string trace = (folder_.path() / "trace").string();
  const std::string touch = "touch " + trace;
  const std::string call = "cos\nsystem\n(S'" + touch + "'\ntR";
  const DprCheckpoint as_parameters = WithParameters(call);
  EXPECT_FALSE(as_parameters.projection);
  // As the state of the parameters, and as what a member is.
  WithParameters("c__main__\nX\n)\x81" + call + "b");
  WithParameters(
      "}U\x0e"
      "projection_dim" +
      call + "s");
  Read("\x80\x02" + call + ".");
  ::sync();
  EXPECT_FALSE(std::filesystem::exists(trace));
}

TEST_F(HostileCheckpoint, MayBeAnythingWhereParametersAreExpected) {
  // A number, a list, a text, a tuple; a DictConfig without content, with content that is a number.
  for (const std::string& instructions :
       {"K\x07"s, "]"s, "U\x01x"s, "K\x01K\x02\x86"s, "cm\nC\n)\x81}b"s, "cm\nC\n)\x81K\x01"s + "b",
        "cm\nC\n)\x81}U\x08_contentK\x01sb"s}) {
    const DprCheckpoint read = WithParameters(instructions);
    EXPECT_FALSE(read.projection || read.do_lower_case || read.sequence_length);
    EXPECT_EQ(read.pretrained_model, "");
  }
}

TEST_F(HostileCheckpoint, MayHoldItself) {
  // An object whose content's `encoder` is the object, and whose state is itself.
  EXPECT_FALSE(WithParameters("cm\nC\n)\x81q\x01}U\x08_content}U\x07"
                              "encoderh\x01ssb"s)
                   .projection);
  EXPECT_FALSE(WithParameters("cm\nC\n)\x81q\x01h\x01"
                              "b"s)
                   .projection);
  EXPECT_FALSE(WithParameters("}q\x01U\x07"
                              "encoderh\x01s"s)
                   .projection);
}

TEST_F(HostileCheckpoint, MayHaveValuesOfOtherTypes) {
  const DprCheckpoint read = WithParameters(
      "}(U\x0d"
      "do_lower_caseK\x01U\x0e"
      "projection_dimU\x01"
      "8U\x0fsequence_lengthNu"s);
  EXPECT_FALSE(read.do_lower_case || read.projection || read.sequence_length);
}

std::string OpeningRefused(const Path& file) {
  try {
    OpenDprCheckpoint(file);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST_F(HostileCheckpoint, IsNamedWhereItHoldsOtherThings) {
  EXPECT_THAT(OpeningRefused(folder_.Write("a", LegacyFile("\x80\x02}."s))),
              HasSubstr("holds no `question_model.*`"));
  EXPECT_THAT(OpeningRefused(folder_.Write("b", "a text")), HasSubstr("no file that torch.save"));
  EXPECT_THAT(OpeningRefused(folder_.Write("c", "PK\x03\x04")), HasSubstr("c: "));
  EXPECT_THAT(OpeningRefused(testing::TestData() / "bert" / "torch" / "checkpoint.bin"),
              HasSubstr("holds no `ctx_model.*`"));
}

}  // namespace
}  // namespace dpr
