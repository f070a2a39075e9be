#include "dpr/bert/weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <map>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/bert/model_tensors.h"
#include "dpr/bert/safetensors.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;

// A model's file, built tensor by tensor so that tests can spoil one.
class WeightsFile : public ::testing::Test {
 protected:
  WeightsFile() {
    config_.vocabulary = 11;
    config_.hidden = 4;
    config_.layers = 2;
    config_.heads = 2;
    config_.intermediate = 6;
    config_.positions = 5;
    config_.segments = 2;
    BertWeights empty;
    empty.config = config_;
    float next = 1;
    for (const BertWeights::Slot& slot : empty.Slots()) {
      Stored& stored = tensors_[slot.name];
      stored.shape = slot.shape;
      stored.values.resize(static_cast<size_t>(ElementCount(slot.shape, "")));
      for (float& value : stored.values) value = next++;
    }
  }

  BertWeights Load(const std::string& prefix = "") const {
    std::vector<NamedTensor> named;
    for (const auto& [name, stored] : tensors_) {
      named.push_back({prefix + name, stored.shape, stored.values});
    }
    WriteSafetensors(folder_.path() / "model.safetensors", named);
    return BertWeights::FromTensors(OpenModelTensors(folder_.path()), config_, "folder");
  }

  std::string Refused() const {
    try {
      Load();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalid);
      return error.what();
    }
    return "accepted";
  }

  struct Stored {
    Shape shape;
    std::vector<float> values;
  };
  testing::TemporaryFolder folder_;
  BertConfig config_;
  std::map<std::string, Stored> tensors_;
};

TEST_F(WeightsFile, FillsEverySlot) {
  BertWeights weights = Load();
  for (const BertWeights::Slot& slot : weights.Slots()) {
    EXPECT_EQ(slot.tensor->shape(), slot.shape) << slot.name;
    EXPECT_THAT(slot.tensor->values(), ::testing::ElementsAreArray(tensors_[slot.name].values))
        << slot.name;
  }
  EXPECT_FALSE(weights.pooler.empty());
  EXPECT_TRUE(weights.projection.empty());
}

TEST_F(WeightsFile, IsFoundUnderEveryPrefix) {
  for (const char* prefix : {"", "bert.", "bert_model.", "question_encoder.bert_model.",
                             "ctx_encoder.bert_model.", "0.auto_model."}) {
    EXPECT_THAT(Load(prefix).embeddings.word.values(),
                ::testing::ElementsAreArray(tensors_["embeddings.word_embeddings.weight"].values));
  }
}

TEST_F(WeightsFile, FindsTheProjectionBesideTheBert) {
  config_.projection = 3;
  const std::string outer = "question_encoder.";
  std::map<std::string, Stored> renamed;
  for (auto& [name, stored] : tensors_) renamed[outer + "bert_model." + name] = stored;
  renamed[outer + "encode_proj.weight"] = {{3, 4}, std::vector<float>(12, 0.5f)};
  renamed[outer + "encode_proj.bias"] = {{3}, {1, 2, 3}};
  tensors_ = renamed;
  EXPECT_THAT(Load().projection.bias.values(), ::testing::ElementsAre(1, 2, 3));
  tensors_.erase(outer + "encode_proj.bias");
  EXPECT_THAT(Refused(), HasSubstr("`question_encoder.encode_proj.bias` of shape [3] is missing"));
}

TEST_F(WeightsFile, MayLackThePoolerButNotHalfOfIt) {
  tensors_.erase("pooler.dense.bias");
  EXPECT_THAT(Refused(), HasSubstr("`pooler.dense.weight` and `pooler.dense.bias` only one"));
  tensors_.erase("pooler.dense.weight");
  EXPECT_TRUE(Load().pooler.empty());
}

TEST_F(WeightsFile, MayHoldTensorsOfAHead) {
  tensors_["cls.predictions.bias"] = {{11}, std::vector<float>(11)};
  tensors_["embeddings.position_ids"] = {{1, 5}, std::vector<float>(5)};
  EXPECT_NO_THROW(Load());
}

TEST_F(WeightsFile, MayNameLayerNormsAsTensorFlowDid) {
  for (const std::string layer : {"embeddings", "encoder.layer.1.output"}) {
    for (const auto& [now, then] : {std::pair("weight", "gamma"), std::pair("bias", "beta")}) {
      auto node = tensors_.extract(layer + ".LayerNorm." + now);
      node.key() = layer + ".LayerNorm." + then;
      tensors_.insert(std::move(node));
    }
  }
  EXPECT_THAT(Load().embeddings.norm.gamma.values(),
              ::testing::ElementsAreArray(tensors_["embeddings.LayerNorm.gamma"].values));
}

TEST_F(WeightsFile, NamesWhatIsMissing) {
  tensors_.erase("encoder.layer.1.attention.self.key.weight");
  EXPECT_THAT(Refused(),
              HasSubstr("`encoder.layer.1.attention.self.key.weight` of shape [4, 4] is missing"));
  tensors_.erase("embeddings.word_embeddings.weight");
  EXPECT_THAT(Refused(), HasSubstr("no tensor is called `embeddings.word_embeddings.weight`"));
}

TEST_F(WeightsFile, NamesWhatIsMisshapen) {
  tensors_["encoder.layer.0.output.dense.weight"] = {{6, 4}, std::vector<float>(24)};
  EXPECT_THAT(Refused(), HasSubstr("`encoder.layer.0.output.dense.weight` has the shape [6, 4], "
                                   "where config.json asks for [4, 6]"));
}

TEST_F(WeightsFile, NamesWhatIsNotFinite) {
  tensors_["encoder.layer.0.intermediate.dense.bias"].values[5] =
      std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(Refused(),
              HasSubstr("`encoder.layer.0.intermediate.dense.bias` holds nan at element 5"));
  EXPECT_THAT(Refused(), HasSubstr("model.safetensors"));
  tensors_["embeddings.word_embeddings.weight"].values[0] = -std::numeric_limits<float>::infinity();
  EXPECT_THAT(Refused(), HasSubstr("`embeddings.word_embeddings.weight` holds -inf at element 0"));
}

}  // namespace
}  // namespace dpr
