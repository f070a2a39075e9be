#include "dpr/encoder/retriever_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <set>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/base/test_full_disk.h"
#include "dpr/bert/model_tensors.h"
#include "dpr/encoder/retriever.h"

namespace dpr {
namespace {

const std::vector<Passage> kPassages = {{"", "River", "The river is in the city.", ""},
                                        {"", "", "the king of the passage", ""},
                                        {"", "Title", "", ""}};

Matrix PassageVectors(const Retriever& retriever) {
  Matrix vectors(static_cast<int64_t>(kPassages.size()), retriever.dimensions());
  retriever.passages().EncodePassages(kPassages, vectors.view());
  return vectors;
}

Matrix QuestionVectors(const Retriever& retriever) {
  const std::vector<std::string> questions = {"who is the king?", "what river"};
  Matrix vectors(2, retriever.dimensions());
  retriever.questions().EncodeTexts(questions, vectors.view());
  return vectors;
}

void ExpectSameBits(const Matrix& a, const Matrix& b) {
  ASSERT_EQ(a.rows(), b.rows());
  ASSERT_EQ(a.columns(), b.columns());
  for (int64_t i = 0; i < a.rows(); ++i) {
    EXPECT_TRUE(std::equal(a.row(i), a.row(i) + a.columns(), b.row(i))) << i;
  }
}

// Writes the pair of testdata again, changed by the caller.
class WrittenRetriever : public ::testing::Test {
 protected:
  WrittenRetriever()
      : source_(testing::TestData() / "encoder" / "dpr_pair"),
        questions_(BertWeights::FromFolder(source_ / "question_encoder")),
        passages_(BertWeights::FromFolder(source_ / "ctx_encoder")) {}

  void Write() const {
    WriteRetriever(folder_.path() / "out",
                   EncoderToWrite::Of(questions_, {source_ / "question_encoder"}),
                   EncoderToWrite::Of(passages_, {source_ / "ctx_encoder"}), json_);
  }
  Retriever Open() const { return Retriever::Open(folder_.path() / "out"); }

  testing::TemporaryFolder folder_;
  Path source_;
  BertWeights questions_, passages_;
  RetrieverJson json_;
};

TEST_F(WrittenRetriever, GivesTheSameVectorsToTheBit) {
  Write();
  const Retriever source = Retriever::Open(source_), written = Open();
  EXPECT_EQ(written.dimensions(), 8);
  ExpectSameBits(PassageVectors(source), PassageVectors(written));
  ExpectSameBits(QuestionVectors(source), QuestionVectors(written));
}

TEST_F(WrittenRetriever, NamesTensorsAsTransformersDoes) {
  Write();
  const StoredTensors tensors = OpenModelTensors(folder_.path() / "out" / "ctx_encoder");
  EXPECT_NE(tensors.Find("ctx_encoder.bert_model.embeddings.word_embeddings.weight"), nullptr);
  EXPECT_NE(tensors.Find("ctx_encoder.encode_proj.weight"), nullptr);
  const StoredTensors wanted = OpenModelTensors(source_ / "ctx_encoder");
  for (const auto& [name, tensor] : wanted.tensors) {
    ASSERT_NE(tensors.Find(name), nullptr) << name;
    EXPECT_EQ(tensors.Find(name)->shape, tensor.shape) << name;
  }
  EXPECT_EQ(tensors.tensors.size(), wanted.tensors.size());
}

TEST_F(WrittenRetriever, KeepsItsSettings) {
  json_.pooling = Pooling::kMean;
  json_.normalize = true;
  json_.question_prompt = "query: ";
  json_.title_join = TitleJoin::kSpace;
  json_.question_max_length = 12;
  json_.passage_max_length = 300;
  Write();
  const RetrieverJson read = ReadRetrieverJson(folder_.path() / "out");
  EXPECT_EQ(read.pooling, Pooling::kMean);
  EXPECT_TRUE(read.normalize);
  EXPECT_EQ(read.question_prompt, "query: ");
  EXPECT_EQ(read.question_max_length, 12);
  EXPECT_EQ(read.passage_max_length, 40);  // the position table
  EXPECT_EQ(read.projection, 8);
  EXPECT_EQ(Open().passages().settings().title_join, TitleJoin::kSpace);
}

TEST_F(WrittenRetriever, IsOneEncoderWhereBothNamesAreTheSame) {
  json_.question_encoder = json_.passage_encoder = "encoder";
  Write();
  const Retriever written = Open();
  EXPECT_EQ(&written.questions().bert(), &written.passages().bert());
  ExpectSameBits(QuestionVectors(Retriever::Open(source_)), QuestionVectors(written));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "out" / "ctx_encoder"));
}

TEST_F(WrittenRetriever, ReplacesAnOlderOne) {
  Write();
  json_.question_max_length = 11;
  questions_ = passages_;
  Write();
  EXPECT_EQ(Open().questions().settings().max_length, 11);
  const Retriever written = Open();
  Matrix question(1, 8), passage(1, 8);
  const std::vector<Passage> text = {{"", "", "what river", ""}};
  written.passages().EncodePassages(text, passage.view());
  written.questions().EncodeTexts(std::vector<std::string>{"what river"}, question.view());
  ExpectSameBits(question, passage);
}

TEST_F(WrittenRetriever, LeavesNothingElseInTheFolder) {
  Write();
  Write();
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / "out")) {
    names.insert(entry.path().filename().string());
  }
  EXPECT_EQ(names, (std::set<std::string>{"ctx_encoder", "question_encoder", "retriever.json"}));
}

TEST_F(WrittenRetriever, StaysWhenANewOneDoesNotFitOnTheDisk) {
  Write();
  const Retriever before = Open();
  questions_ = passages_;
  {
    const testing::FullDisk full(4096);
    EXPECT_THROW(Write(), Error);
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "out" / "writing"));
  ExpectSameBits(QuestionVectors(before), QuestionVectors(Open()));
}

TEST_F(WrittenRetriever, StaysUntilTheNewOneIsCommitted) {
  Write();
  const Retriever before = Open();
  {
    RetrieverWriter writer(folder_.path() / "out", json_);
    writer.WriteQuestions(EncoderToWrite::Of(passages_, {source_ / "ctx_encoder"}));
    ExpectSameBits(QuestionVectors(before), QuestionVectors(Open()));
  }
  ExpectSameBits(QuestionVectors(before), QuestionVectors(Open()));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "out" / "writing"));
}

// A new retriever, both of whose encoders have the passages' weights, takes an older one's place,
// and the process dies at a moment of that. The process is the test once more, run by EXPECT_EXIT;
// it finds the folder in the environment.
class KilledRetriever : public WrittenRetriever {
 protected:
  KilledRetriever() {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    if (!is_child_) ::setenv(kFolderVariable, out().c_str(), 1);
  }
  void TearDown() override { ::unsetenv(kFolderVariable); }

  void DieAt(const char* moment) {
    if (!is_child_) {
      std::filesystem::remove_all(out());
      Write();
    }
    ::setenv("DPR_KILL_AT", moment, 1);
    EXPECT_EXIT(WriteNew(std::getenv(kFolderVariable)), ::testing::KilledBySignal(SIGKILL), "")
        << moment;
    ::unsetenv("DPR_KILL_AT");
  }
  void WriteNew(const Path& folder) const {
    const auto encoder = EncoderToWrite::Of(passages_, {source_ / "ctx_encoder"});
    WriteRetriever(folder, encoder, encoder, json_);
  }
  bool HoldsTheNewOne() const {
    const Retriever retriever = Open();
    const std::vector<std::string> text = {"what river"};
    Matrix question(1, 8), passage(1, 8);
    retriever.questions().EncodeTexts(text, question.view());
    retriever.passages().EncodeTexts(text, passage.view());
    return std::equal(question.row(0), question.row(0) + 8, passage.row(0));
  }
  std::string Refused() const {
    try {
      Open();
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  }
  Path out() const { return folder_.path() / "out"; }

  static constexpr const char* kFolderVariable = "DPR_TEST_KILLED_FOLDER";
  const bool is_child_ = std::getenv(kFolderVariable) != nullptr;
};

TEST_F(KilledRetriever, IsStillTheOldOneUntilTheExchangeBegins) {
  DieAt("retriever.written");
  if (is_child_) return;
  EXPECT_FALSE(HoldsTheNewOne());
  Write();
  EXPECT_FALSE(std::filesystem::exists(out() / "writing"));
}

TEST_F(KilledRetriever, IsTheNewOneWhenTheExchangeHasEnded) {
  DieAt("retriever.end");
  if (is_child_) return;
  EXPECT_TRUE(HoldsTheNewOne());
}

TEST_F(KilledRetriever, IsRefusedInTheMidstOfTheExchangeWhichTheNextOneEnds) {
  for (const char* moment : {"retriever.begin", "retriever.replaced", "retriever.placed",
                             "retriever.replaced:2", "retriever.placed:2"}) {
    DieAt(moment);
    if (is_child_) continue;
    EXPECT_THAT(Refused(), ::testing::HasSubstr("the same command")) << moment;
    { const RetrieverWriter next(out(), json_); }
    EXPECT_TRUE(HoldsTheNewOne()) << moment;
    EXPECT_FALSE(std::filesystem::exists(out() / "replaced")) << moment;
  }
}

TEST_F(WrittenRetriever, IsRefusedWithoutRetrieverJsonInATrainingRun) {
  Write();
  std::filesystem::remove(folder_.path() / "out" / "retriever.json");
  EXPECT_NO_THROW(Open()) << "a pair of DPR's";
  folder_.Write("out/log.jsonl", "{\"kind\":\"start\",\"time\":\"\"}\n");
  EXPECT_THROW(Open(), Error);
}

TEST(WriteEncoder, WritesThePoolerOnlyWhereItIsUsed) {
  const Path source = testing::TestData() / "bert" / "four_heads";
  const BertWeights weights = BertWeights::FromFolder(source);
  const TokenizerFiles tokenizer{testing::TestData() / "encoder" / "st_mean"};
  const testing::TemporaryFolder folder;
  WriteEncoder(folder.path() / "with", EncoderToWrite::Of(weights, tokenizer),
               BertArchitecture::kBert, true);
  WriteEncoder(folder.path() / "without", EncoderToWrite::Of(weights, tokenizer),
               BertArchitecture::kBert, false);
  EXPECT_FALSE(BertWeights::FromFolder(folder.path() / "with").pooler.empty());
  EXPECT_TRUE(BertWeights::FromFolder(folder.path() / "without").pooler.empty());
}

std::vector<int32_t> Ids(const WordPiece& tokenizer, std::string_view text) {
  std::vector<int32_t> ids;
  tokenizer.Encode(text, 64, ids);
  return ids;
}

TEST(TokenizerFiles, AreCopiedWithTheirSettings) {
  for (const char* name : {"st_mean", "st_cls"}) {  // vocab.txt; tokenizer.json
    const Path source = testing::TestData() / "encoder" / name;
    const testing::TemporaryFolder folder;
    WriteTokenizer({source}, folder.path());
    const WordPiece read = WordPiece::FromFolder(folder.path());
    EXPECT_EQ(read.pieces(), WordPiece::FromFolder(source).pieces());
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "model.safetensors"));
  }
}

TEST(TokenizerFiles, OfAVocabularyAloneAreCompleted) {
  const Path vocabulary = testing::TestData() / "encoder" / "st_mean" / "vocab.txt";
  for (const bool lower_case : {false, true}) {
    const TokenizerFiles files{vocabulary, lower_case};
    const testing::TemporaryFolder folder;
    WriteTokenizer(files, folder.path());
    const WordPiece read = WordPiece::FromFolder(folder.path());
    EXPECT_EQ(read.options().lower_case, lower_case);
    EXPECT_EQ(Ids(read, "The KING"), Ids(OpenTokenizer(files), "The KING"));
    EXPECT_EQ(Ids(read, "The KING") == Ids(read, "the king"), lower_case);
  }
}

TEST(TokenizerFiles, OverruledAreWrittenAnew) {
  const TokenizerFiles files{testing::TestData() / "encoder" / "st_cls", false};
  const testing::TemporaryFolder folder;
  WriteTokenizer(files, folder.path());
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "tokenizer.json"));
  EXPECT_FALSE(WordPiece::FromFolder(folder.path()).options().lower_case);
  EXPECT_EQ(Ids(WordPiece::FromFolder(folder.path()), "THE king"),
            Ids(OpenTokenizer(files), "THE king"));
}

TEST(TokenizerFiles, ThatAreMissingAreNamed) {
  EXPECT_THROW(OpenTokenizer({"/nowhere/vocab.txt"}), Error);
}

}  // namespace
}  // namespace dpr
