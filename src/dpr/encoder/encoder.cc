#include "dpr/encoder/encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <mutex>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/pool.h"
#include "dpr/base/threads.h"
#include "dpr/bert/workspace.h"
#include "dpr/encoder/pooling.h"
#include "dpr/encoder/token_batches.h"
#include "dpr/tensor/ops.h"

namespace dpr {
namespace {

// Tokens of a batch, which one thread encodes at a time: few keep what passes between the products
// in the second cache and threads evenly busy (docs/design/encoders.md). Changes no bits.
constexpr int64_t kBatchTokens = 256;
constexpr int64_t kTextsPerPiece = 32;  // that a thread tokenises at a time

struct BatchMemory {
  PackedTokens batch;
  BertWorkspace workspace;
  PoolingBuffers pooling;
};

bool EncodePassage(const WordPiece& tokenizer, const EncoderSettings& settings,
                   const Passage& passage, std::string& joined, std::vector<int32_t>& ids) {
  const bool both = !passage.title.empty() && !passage.text.empty();
  joined.assign(settings.prompt);
  joined += passage.title;
  if (both && settings.title_join == TitleJoin::kPair) {
    return tokenizer.EncodePair(joined, passage.text, settings.max_length, ids);
  }
  if (both) joined += ' ';
  joined += passage.text;
  return tokenizer.Encode(joined, settings.max_length, ids);
}

// Tokenises `count` texts on all threads: encode(i, joined, ids) appends the ids of text i and says
// whether it was cut; `joined` is space to put texts together in.
template <typename Encode>
EncodeCounts TokenizeAll(size_t count, PackedTokens& tokens, const Encode& encode) {
  struct Piece {
    PackedTokens tokens;
    int64_t truncated = 0;
  };
  const int64_t total = static_cast<int64_t>(count);
  std::vector<Piece> pieces(static_cast<size_t>((total + kTextsPerPiece - 1) / kTextsPerPiece));
  ParallelFor(static_cast<int64_t>(pieces.size()), 1, [&](int64_t p) {
    Piece& piece = pieces[p];
    std::string joined;
    const int64_t end = std::min(total, (p + 1) * kTextsPerPiece);
    for (int64_t i = p * kTextsPerPiece; i < end; ++i) {
      if (encode(static_cast<size_t>(i), joined, piece.tokens.ids)) ++piece.truncated;
      piece.tokens.offsets.push_back(piece.tokens.tokens());
    }
  });
  EncodeCounts counts;
  tokens.Clear();
  for (const Piece& piece : pieces) {
    const int64_t before = tokens.tokens();
    tokens.ids.insert(tokens.ids.end(), piece.tokens.ids.begin(), piece.tokens.ids.end());
    for (int64_t s = 0; s < piece.tokens.sequences(); ++s) {
      tokens.offsets.push_back(before + piece.tokens.offsets[s + 1]);
    }
    counts.truncated += piece.truncated;
  }
  counts.texts = tokens.sequences();
  counts.tokens = tokens.tokens();
  return counts;
}

}  // namespace

struct Encoder::Memory {
  Pool<PackedTokens> tokens;
  Pool<TokenBatches> batches;
  Pool<BatchMemory> batch;
};

// Of one call, to which each batch adds what it took.
struct Encoder::Clocks {
  std::mutex mutex;
  StageClock* sum;
};

Encoder::Encoder(std::shared_ptr<const WordPiece> tokenizer, std::shared_ptr<const Bert> bert,
                 EncoderSettings settings)
    : tokenizer_(std::move(tokenizer)),
      bert_(std::move(bert)),
      settings_(std::move(settings)),
      memory_(std::make_unique<Memory>()) {
  const BertConfig& config = bert_->config();
  const auto pieces = static_cast<int64_t>(tokenizer_->pieces().size());
  if (pieces > config.vocabulary) {
    throw Error(ErrorCode::kMismatch,
                fmt::format("the tokenizer has {} pieces, but the model embeds only {}", pieces,
                            config.vocabulary),
                {}, "Do the tokenizer's files and the weights belong together?");
  }
  if (settings_.max_length < kShortestMaxLength || settings_.max_length > config.positions) {
    throw Error(ErrorCode::kUsage,
                fmt::format("a maximum length of {} tokens; the model takes {} to {}",
                            settings_.max_length, kShortestMaxLength, config.positions),
                {}, "Give another --max-length, or leave it out");
  }
  if (settings_.pooling == Pooling::kPooler && !bert_->has_pooler()) {
    throw Error(ErrorCode::kUnsupported, "the model has no pooler to pool with", {},
                "Choose cls or mean pooling");
  }
}

Encoder::~Encoder() = default;

int Encoder::dimensions() const {
  const BertConfig& config = bert_->config();
  return static_cast<int>(bert_->has_projection() ? config.projection : config.hidden);
}

EncodeCounts Encoder::TokenizePassages(std::span<const Passage> passages,
                                       PackedTokens& tokens) const {
  return TokenizeAll(passages.size(), tokens,
                     [&](size_t i, std::string& joined, std::vector<int32_t>& ids) {
                       return EncodePassage(*tokenizer_, settings_, passages[i], joined, ids);
                     });
}

EncodeCounts Encoder::TokenizeTexts(std::span<const std::string> texts,
                                    PackedTokens& tokens) const {
  return TokenizeAll(texts.size(), tokens,
                     [&](size_t i, std::string& joined, std::vector<int32_t>& ids) {
                       joined.assign(settings_.prompt);
                       joined += texts[i];
                       return tokenizer_->Encode(joined, settings_.max_length, ids);
                     });
}

EncodeCounts Encoder::EncodePassages(std::span<const Passage> passages, FloatView out) const {
  const auto tokens = memory_->tokens.Borrow();
  const EncodeCounts counts = TokenizePassages(passages, *tokens);
  EncodeTokens(*tokens, out);
  return counts;
}

EncodeCounts Encoder::EncodeTexts(std::span<const std::string> texts, FloatView out) const {
  const auto tokens = memory_->tokens.Borrow();
  const EncodeCounts counts = TokenizeTexts(texts, *tokens);
  EncodeTokens(*tokens, out);
  return counts;
}

void Encoder::EncodeTokens(const PackedTokens& tokens, FloatView out, StageClock* clock) const {
  DPR_CHECK(out.rows == tokens.sequences() && out.columns == dimensions());
  const auto batches = memory_->batches.Borrow();
  const int64_t share = (tokens.tokens() + ThreadCount() - 1) / ThreadCount();
  CutBatches(tokens, std::min(kBatchTokens, share), *batches);
  const std::span<const int64_t> order = batches->order;
  Clocks all_clocks = {{}, clock};
  Clocks* const clocks = clock != nullptr ? &all_clocks : nullptr;
  if (tokens.sequences() == 1) {
    EncodeBatch(tokens, order, true, out, clocks);
    return;
  }
  const auto encode = [&](int64_t b) {
    const auto begin = static_cast<size_t>(batches->begin(b));
    EncodeBatch(tokens, order.subspan(begin, static_cast<size_t>(batches->ends[b]) - begin), false,
                out, clocks);
  };
  ParallelFor(batches->count(), 1, std::cref(encode));
}

void Encoder::EncodeBatch(const PackedTokens& all, std::span<const int64_t> sequences, bool wide,
                          FloatView out, Clocks* clocks) const {
  const auto memory = memory_->batch.Borrow();
  memory->batch.Clear();
  for (const int64_t s : sequences) {
    memory->batch.Add({all.ids.data() + all.offsets[s], static_cast<size_t>(all.length(s))});
  }
  StageClock clock;
  if (clocks != nullptr) memory->workspace.UseClock(&clock);
  const FloatView vectors = ForwardAndPool(*bert_, settings_.pooling, wide, memory->batch,
                                           memory->workspace, memory->pooling);
  for (size_t i = 0; i < sequences.size(); ++i) {
    const std::span<float> to = out.row_span(sequences[i]);
    std::copy_n(vectors.row(static_cast<int64_t>(i)), to.size(), to.begin());
    if (settings_.normalize) NormalizeInPlace(to);
  }
  if (clocks == nullptr) return;
  clock.Mark(Stage::kPooling);
  memory->workspace.UseClock(nullptr);
  const std::lock_guard lock(clocks->mutex);
  clocks->sum->Add(clock);
}

}  // namespace dpr
