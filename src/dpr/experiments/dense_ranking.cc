#include "dpr/experiments/dense_ranking.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "dpr/base/kill_point.h"
#include "dpr/base/threads.h"
#include "dpr/encoder/loading.h"
#include "dpr/vectors/exact_search.h"

namespace dpr {
namespace {

constexpr size_t kBlock = 2048;  // passages

// visit(block, rows before it) for all passages from row `begin` on.
template <typename Visit>
void ForEachBlock(const Collection& passages, int64_t begin, const Visit& visit) {
  std::vector<Passage> block;
  int64_t done = begin;
  const auto flush = [&] {
    if (block.empty()) return;
    visit(std::span<const Passage>(block), done);
    done += static_cast<int64_t>(block.size());
    block.clear();
  };
  passages.ForEach([&](const StoredPassage& stored) {
    if (stored.row < begin) return;
    block.push_back(stored.passage);
    if (block.size() == kBlock) flush();
  });
  flush();
}

// How far an encoding is: what a kill costs is a block.
class EncodingRecord {
 public:
  explicit EncodingRecord(const Path& folder) : file_(folder / "encoded.json") {}
  int64_t rows() const {
    if (!std::filesystem::exists(file_)) return 0;
    return nlohmann::json::parse(ReadFile(file_)).at("rows").get<int64_t>();
  }
  void Set(int64_t rows) const {
    WriteFileAtomically(file_, nlohmann::json{{"rows", rows}}.dump());
  }

 private:
  Path file_;
};

// Adds to `sums` and divides: the mean of embeddings of `ids` without the first and last.
void WordMean(std::span<const int32_t> ids, ConstFloatView words, const float* idf, float* out,
              const WordPiece& pieces) {
  double weights = 0;
  std::vector<double> sums(static_cast<size_t>(words.columns));
  for (const int32_t id : ids) {
    if (id == pieces.cls_id() || id == pieces.sep_id()) continue;
    const double weight = idf[id];
    const float* row = words.row(id);
    weights += weight;
    for (int64_t d = 0; d < words.columns; ++d) sums[static_cast<size_t>(d)] += weight * row[d];
  }
  for (int64_t d = 0; d < words.columns; ++d) {
    const double sum = sums[static_cast<size_t>(d)];
    out[d] = weights > 0 ? static_cast<float>(sum / weights) : 0.0f;
  }
}

void WordMeans(const PackedTokens& tokens, ConstFloatView words, const float* idf,
               const WordPiece& pieces, FloatView out) {
  ParallelFor(tokens.sequences(), 16, [&](int64_t s) {
    const std::span ids(tokens.ids.data() + tokens.offsets[s],
                        static_cast<size_t>(tokens.length(s)));
    WordMean(ids, words, idf, out.row(s), pieces);
  });
}

// The word embeddings and the tokenizer of a model's folder.
struct WordTable {
  explicit WordTable(const Path& folder)
      : side(LoadWeights(DescribeRetriever(folder).passages, std::nullopt)),
        pieces(OpenTokenizer(side.tokenizer)) {}
  ConstFloatView words() const { return side.weights.embeddings.word.matrix(); }

  SideWeights side;
  WordPiece pieces;
};

Retriever OpenReader(const Path& folder, int max_length) {
  RetrieverOptions options;
  if (max_length > 0) options.max_length = max_length;
  return Retriever::Open(folder, options);
}

std::vector<float> CountIdf(const Collection& passages, const Retriever& reader, int64_t pieces) {
  std::vector<int64_t> holding(static_cast<size_t>(pieces)), last(holding.size(), -1);
  int64_t number = 0;
  PackedTokens tokens;
  ForEachBlock(passages, 0, [&](std::span<const Passage> block, int64_t) {
    reader.passages().TokenizePassages(block, tokens);
    for (int64_t s = 0; s < tokens.sequences(); ++s, ++number) {
      for (int64_t t = tokens.offsets[s]; t < tokens.offsets[s + 1]; ++t) {
        const auto id = static_cast<size_t>(tokens.ids[t]);
        if (last[id] != number) ++holding[id];
        last[id] = number;
      }
    }
  });
  std::vector<float> idf;
  for (const int64_t n : holding) {
    idf.push_back(
        static_cast<float>(std::log(static_cast<double>(number + 1) / static_cast<double>(n + 1))));
  }
  return idf;
}

void Subtract(std::span<const float> mean, FloatView rows) {
  ParallelFor(rows.rows, 256, [&](int64_t i) {
    for (int64_t d = 0; d < rows.columns; ++d) rows.row(i)[d] -= mean[static_cast<size_t>(d)];
  });
}

std::vector<float> MeanOf(ConstFloatView rows) {
  std::vector<double> sums(static_cast<size_t>(rows.columns));
  for (int64_t i = 0; i < rows.rows; ++i) {
    for (int64_t d = 0; d < rows.columns; ++d) sums[static_cast<size_t>(d)] += rows.row(i)[d];
  }
  std::vector<float> mean;
  for (const double sum : sums) {
    mean.push_back(static_cast<float>(sum / static_cast<double>(rows.rows)));
  }
  return mean;
}

}  // namespace

Retriever OpenForReading(const Path& folder, const Reading& reading, Precision precision) {
  RetrieverOptions options;
  if (!reading.word_vectors) options.pooling = reading.pooling;
  if (reading.max_length > 0) options.max_length = reading.max_length;
  options.precision = reading.word_vectors ? Precision::kF32 : precision;
  return Retriever::Open(folder, options);
}

void WriteVectors(const Collection& passages, const Retriever& retriever, StepRun& run) {
  const EncodingRecord record(run.folder());
  const int64_t begin = record.rows();
  VectorFileWriter writer =
      VectorFileWriter::Resume(run.folder() / "vectors.f32", retriever.dimensions(), begin);
  run.progress().Stage("encoding", static_cast<uint64_t>(passages.rows() - begin), "passages");
  ForEachBlock(passages, begin, [&](std::span<const Passage> block, int64_t done) {
    run.RequireNotStopped();
    Matrix vectors(static_cast<int64_t>(block.size()), retriever.dimensions());
    retriever.passages().EncodePassages(block, vectors.view());
    writer.Append(vectors.view());
    writer.Sync();
    record.Set(done + static_cast<int64_t>(block.size()));
    KillPoint("experiment.encoded");
    run.progress().Advance(block.size());
  });
  writer.Finish();
}

void WriteWordVectors(const Collection& passages, const Path& model, int max_length, StepRun& run) {
  const WordTable table(model);
  const Retriever reader = OpenReader(model, max_length);
  const ConstFloatView words = table.words();
  const std::vector<float> idf = CountIdf(passages, reader, words.rows);
  VectorFileWriter weights = VectorFileWriter::Create(run.folder() / "idf.f32", words.rows);
  weights.Append({idf.data(), 1, words.rows});
  weights.Finish();
  VectorFileWriter writer = VectorFileWriter::Create(run.folder() / "vectors.f32", words.columns);
  PackedTokens tokens;
  ForEachBlock(passages, 0, [&](std::span<const Passage> block, int64_t) {
    run.RequireNotStopped();
    reader.passages().TokenizePassages(block, tokens);
    Matrix vectors(tokens.sequences(), words.columns);
    WordMeans(tokens, words, idf.data(), table.pieces, vectors.view());
    writer.Append(vectors.view());
  });
  writer.Finish();
}

DenseRanking::DenseRanking(const Path& model, const Path& vectors, const Reading& reading,
                           Precision precision, std::optional<Similarity> similarity, bool centred)
    : model_(model),
      folder_(vectors),
      reading_(reading),
      retriever_(OpenForReading(model, reading, precision)),
      file_(vectors / "vectors.f32"),
      similarity_(similarity.value_or(retriever_.similarity())) {
  if (!centred) return;
  mean_ = MeanOf(file_.view());
  centred_ = Matrix(file_.rows(), file_.dimensions());
  CopyRows(file_.view(), centred_.view());
  Subtract(mean_, centred_.view());
}

Matrix DenseRanking::Encode(std::span<const std::string> questions) const {
  Matrix vectors(static_cast<int64_t>(questions.size()), file_.dimensions());
  if (!reading_.word_vectors) {
    retriever_.questions().EncodeTexts(questions, vectors.view());
    return vectors;
  }
  const WordTable table(model_);
  const VectorFile idf(folder_ / "idf.f32");
  PackedTokens tokens;
  retriever_.questions().TokenizeTexts(questions, tokens);
  WordMeans(tokens, table.words(), idf.view().row(0), table.pieces, vectors.view());
  return vectors;
}

std::vector<std::vector<ScoredRow>> DenseRanking::Rank(std::span<const std::string> questions,
                                                       int64_t depth) const {
  Matrix vectors = Encode(questions);
  if (!mean_.empty()) Subtract(mean_, vectors.view());
  SearchSpace space;
  space.blocks = {mean_.empty() ? file_.view() : ConstFloatView(std::as_const(centred_).view())};
  return ExactSearch(space, similarity_, vectors.view(), depth);
}

}  // namespace dpr
