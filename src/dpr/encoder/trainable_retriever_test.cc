// What a training run starts from, and the hash by which a resumed one knows it again.
#include "dpr/encoder/trainable_retriever.h"

#include <gtest/gtest.h>

#include "dpr/base/test_environment.h"
#include "dpr/encoder/retriever.h"

namespace dpr {
namespace {

// config.json and a vocabulary, no weights.
class RandomStart : public ::testing::Test {
 protected:
  RandomStart() {
    const Path source = testing::TestData() / "encoder" / "st_mean";
    for (const char* name : {"config.json", "vocab.txt", "tokenizer_config.json"}) {
      folder_.Write(name, ReadFile(source / name));
    }
  }
  TrainableRetriever Start() const { return OpenTrainable(folder_.path(), {}); }

  testing::TemporaryFolder folder_;
};

TEST_F(RandomStart, IsTheSameForTheSameFiles) {
  const TrainableRetriever start = Start();
  EXPECT_TRUE(start.random);
  EXPECT_EQ(start.content_hash, Start().content_hash);
}

TEST_F(RandomStart, IsAnotherWithAnotherVocabulary) {
  const std::string before = Start().content_hash;
  std::string vocabulary = ReadFile(folder_.path() / "vocab.txt");
  vocabulary[vocabulary.size() - 2] ^= 1;  // in the last piece
  folder_.Write("vocab.txt", vocabulary);
  EXPECT_NE(Start().content_hash, before);
}

TEST_F(RandomStart, IsAnotherWithOtherTokenizerSettings) {
  const std::string before = Start().content_hash;
  folder_.Write("tokenizer_config.json", R"({"do_lower_case": false})");
  EXPECT_NE(Start().content_hash, before);
}

class WrittenTrained : public ::testing::Test {
 protected:
  Retriever Write(bool share, const Path& source) const {
    TrainableOptions options;
    options.share = share;
    const TrainableRetriever retriever = OpenTrainable(source, options);
    retriever.questions.bert->MakeTrainable(false);
    if (!share) retriever.passages.bert->MakeTrainable(false);
    WriteTrained(retriever, Similarity::kDot, folder_.path() / "out");
    return Retriever::Open(folder_.path() / "out");
  }
  static std::vector<float> Vector(const Encoder& encoder) {
    Matrix vector(1, encoder.dimensions());
    encoder.EncodeTexts(std::vector<std::string>{"what river"}, vector.view());
    return {vector.row(0), vector.row(0) + vector.columns()};
  }

  testing::TemporaryFolder folder_;
};

TEST_F(WrittenTrained, HasEachSidesOwnWeights) {
  const Path source = testing::TestData() / "encoder" / "dpr_pair";
  const Retriever before = Retriever::Open(source), written = Write(false, source);
  EXPECT_EQ(Vector(written.questions()), Vector(before.questions()));
  EXPECT_EQ(Vector(written.passages()), Vector(before.passages()));
  EXPECT_NE(Vector(written.questions()), Vector(written.passages()));
}

TEST_F(WrittenTrained, IsOneEncoderWhenShared) {
  const Retriever written = Write(true, testing::TestData() / "encoder" / "st_cls");
  EXPECT_EQ(&written.questions().bert(), &written.passages().bert());
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "out" / "encoder"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "out" / "ctx_encoder"));
}

}  // namespace
}  // namespace dpr
