#include "dpr/encoder/encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "dpr/base/error.h"
#include "dpr/base/random.h"
#include "dpr/base/test_environment.h"
#include "dpr/base/threads.h"
#include "dpr/bert/weights.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;

const char* const kWords[] = {"the",  "king", "of",      "river", "city", "walking",
                              "what", "Z9",   "passage", "is",    "?",    "unknown\xe4\xb8\xad"};

// Texts of 0 to 80 words.
std::vector<std::string> ManyTexts(size_t count) {
  const CounterRandom random(3, 0);
  std::vector<std::string> texts(count);
  uint64_t position = 0;
  for (std::string& text : texts) {
    for (uint64_t words = random.Below(position++, 81); words > 0; --words) {
      text += kWords[random.Below(position++, std::size(kWords))];
      text += ' ';
    }
  }
  return texts;
}

struct Parts {
  std::shared_ptr<const WordPiece> tokenizer;
  std::shared_ptr<const Bert> bert;
};

Parts TinyParts(const char* weights = "one_head") {
  const Path testdata = testing::TestData();
  return {std::make_shared<const WordPiece>(
              WordPiece::FromFolder(testdata / "encoder" / "dpr_pair" / "ctx_encoder")),
          std::make_shared<const Bert>(BertWeights::FromFolder(testdata / "bert" / weights))};
}

Encoder TinyEncoder(const EncoderSettings& settings, const char* weights = "one_head") {
  const Parts parts = TinyParts(weights);
  return Encoder(parts.tokenizer, parts.bert, settings);
}

EncoderSettings Settings(Pooling pooling, bool normalize) {
  EncoderSettings settings;
  settings.pooling = pooling;
  settings.normalize = normalize;
  settings.max_length = 40;
  return settings;
}

Matrix Encode(const Encoder& encoder, std::span<const std::string> texts) {
  Matrix vectors(static_cast<int64_t>(texts.size()), encoder.dimensions());
  encoder.EncodeTexts(texts, vectors.view());
  return vectors;
}

bool SameBits(const float* a, const float* b, int64_t size) {
  return std::memcmp(a, b, sizeof(float) * size) == 0;
}

class EncoderPooling : public ::testing::TestWithParam<Pooling> {};

TEST_P(EncoderPooling, SameTextHasTheSameBitsWhateverTheBatchAndTheThreads) {
  const Encoder encoder = TinyEncoder(Settings(GetParam(), true));
  const std::vector<std::string> texts = ManyTexts(300);
  const int threads = ThreadCount();
  const Matrix together = Encode(encoder, texts);
  for (const int count : {1, 2, 3}) {
    SetThreadCount(count);
    const Matrix again = Encode(encoder, texts);
    for (size_t i = 0; i < texts.size(); ++i) {
      ASSERT_TRUE(SameBits(together.row(i), again.row(i), together.columns())) << i;
    }
    for (size_t i = 0; i < texts.size(); i += 7) {
      const size_t few = std::min<size_t>(1 + i % 4, texts.size() - i);
      const Matrix alone = Encode(encoder, std::span(texts).subspan(i, few));
      for (size_t j = 0; j < few; ++j) {
        ASSERT_TRUE(SameBits(together.row(i + j), alone.row(j), together.columns())) << i + j;
      }
    }
  }
  SetThreadCount(threads);
}

TEST_P(EncoderPooling, NormalisesToLengthOne) {
  const Encoder encoder = TinyEncoder(Settings(GetParam(), true));
  const Encoder raw = TinyEncoder(Settings(GetParam(), false));
  const std::vector<std::string> texts = ManyTexts(20);
  const Matrix vectors = Encode(encoder, texts), raw_vectors = Encode(raw, texts);
  for (size_t i = 0; i < texts.size(); ++i) {
    double square = 0, dot = 0, raw_square = 0;
    for (int64_t c = 0; c < vectors.columns(); ++c) {
      square += double{vectors.row(i)[c]} * vectors.row(i)[c];
      dot += double{vectors.row(i)[c]} * raw_vectors.row(i)[c];
      raw_square += double{raw_vectors.row(i)[c]} * raw_vectors.row(i)[c];
    }
    EXPECT_NEAR(square, 1, 1e-6);  // a few units in the last place of f32
    EXPECT_NEAR(dot, std::sqrt(raw_square), 1e-5 * std::sqrt(raw_square));
  }
}

INSTANTIATE_TEST_SUITE_P(All, EncoderPooling,
                         ::testing::Values(Pooling::kCls, Pooling::kMean, Pooling::kPooler));

TEST(Encoder, KeepsEmptyTexts) {
  const Encoder encoder = TinyEncoder(Settings(Pooling::kMean, false));
  PackedTokens tokens;
  const std::vector<std::string> texts = {"", "   ", "king"};
  const EncodeCounts counts = encoder.TokenizeTexts(texts, tokens);
  EXPECT_EQ(counts.texts, 3);
  EXPECT_EQ(counts.tokens, 2 + 2 + 3);
  EXPECT_EQ(tokens.length(0), 2);
  const Matrix vectors = Encode(encoder, texts);
  EXPECT_TRUE(SameBits(vectors.row(0), vectors.row(1), vectors.columns()));
  EXPECT_FALSE(SameBits(vectors.row(0), vectors.row(2), vectors.columns()));
  EXPECT_TRUE(std::isfinite(vectors.row(0)[0]));
}

TEST(Encoder, EncodesNothing) {
  const Encoder encoder = TinyEncoder(Settings(Pooling::kMean, false));
  const EncodeCounts counts = encoder.EncodeTexts({}, FloatView(nullptr, 0, 16));
  EXPECT_EQ(counts.texts, 0);
  EXPECT_EQ(counts.tokens, 0);
}

TEST(Encoder, CountsTruncatedTexts) {
  EncoderSettings settings = Settings(Pooling::kCls, false);
  settings.max_length = 10;
  const Encoder encoder = TinyEncoder(settings);
  const std::string eight = "the of and in is who what the";
  const std::vector<std::string> texts = {eight, eight + " of", std::string(100000, 'a'),
                                          "of " + eight + eight};
  PackedTokens tokens;
  const EncodeCounts counts = encoder.TokenizeTexts(texts, tokens);
  EXPECT_EQ(counts.truncated, 2);  // a word of 100,000 letters is one unknown token
  EXPECT_EQ(tokens.length(1), 10);
  const std::vector<Passage> passages = {{"", "the of and", eight, ""}, {"", "the", "of", ""}};
  EXPECT_EQ(encoder.TokenizePassages(passages, tokens).truncated, 1);
}

TEST(Encoder, JoinsTitlesAndPutsThePromptFirst) {
  EncoderSettings settings = Settings(Pooling::kCls, false);
  settings.prompt = "query: ";
  const std::vector<Passage> passages = {
      {"", "the king", "of", ""}, {"", "", "of", ""}, {"", "the king", "", ""}, {"", "", "", ""}};
  const auto text_ids = [&](const Parts& parts, const std::string& text) {
    std::vector<int32_t> ids;
    parts.tokenizer->Encode(text, 40, ids);
    return ids;
  };
  for (const TitleJoin join : {TitleJoin::kPair, TitleJoin::kSpace}) {
    settings.title_join = join;
    const Parts parts = TinyParts();
    const Encoder encoder(parts.tokenizer, parts.bert, settings);
    PackedTokens tokens;
    encoder.TokenizePassages(passages, tokens);
    std::vector<std::vector<int32_t>> wanted = {
        text_ids(parts, "query: the king of"), text_ids(parts, "query: of"),
        text_ids(parts, "query: the king"), text_ids(parts, "query: ")};
    if (join == TitleJoin::kPair) {
      wanted[0].clear();
      parts.tokenizer->EncodePair("query: the king", "of", 40, wanted[0]);
    }
    for (size_t i = 0; i < wanted.size(); ++i) {
      const std::vector<int32_t> found(tokens.ids.begin() + tokens.offsets[i],
                                       tokens.ids.begin() + tokens.offsets[i + 1]);
      EXPECT_EQ(found, wanted[i]) << i;
    }
  }
}

std::string Refused(const char* weights, const EncoderSettings& settings, ErrorCode code) {
  try {
    TinyEncoder(settings, weights);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    return error.what();
  }
  return "accepted";
}

TEST(Encoder, RefusesSettingsThatDoNotSuitTheModel) {
  EncoderSettings settings = Settings(Pooling::kPooler, false);
  EXPECT_THAT(Refused("two_heads", settings, ErrorCode::kUnsupported), HasSubstr("no pooler"));
  settings.pooling = Pooling::kCls;
  for (const int length : {0, 2, 41, -1}) {
    settings.max_length = length;
    EXPECT_THAT(Refused("one_head", settings, ErrorCode::kUsage), HasSubstr("3 to 40"));
  }
}

TEST(Encoder, RefusesATokenizerThatDoesNotSuitTheModel) {
  const Parts parts = TinyParts();
  std::vector<std::string> pieces = parts.tokenizer->pieces();
  pieces.emplace_back("another");
  const auto larger = std::make_shared<const WordPiece>(pieces, WordPieceOptions());
  EXPECT_THROW(Encoder(larger, parts.bert, Settings(Pooling::kCls, false)), Error);
}

}  // namespace
}  // namespace dpr
