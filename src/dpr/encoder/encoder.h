// Texts in, vectors out: tokenizer, BERT, pooling, prompts. One side (questions or passages) of a
// retriever.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "dpr/bert/bert.h"
#include "dpr/data/records.h"
#include "dpr/tensor/matrix.h"
#include "dpr/text/wordpiece.h"

namespace dpr {

class StageClock;  // bert/stage_clock.h

enum class Pooling { kCls, kMean, kPooler };
enum class TitleJoin { kPair, kSpace };  // [CLS] title [SEP] text [SEP], or one text "title text"

struct EncoderSettings {
  Pooling pooling = Pooling::kCls;
  bool normalize = false;
  int max_length = 256;  // tokens, special ones counted; never above the position table
  std::string prompt;    // put before the text (bge, e5)
  TitleJoin title_join = TitleJoin::kPair;
};

struct EncodeCounts {
  int64_t texts = 0, tokens = 0, truncated = 0;
};

// Immutable and thread-safe. The vector of a text does not depend on what it is encoded with, nor
// on threads: same text, same bits.
class Encoder {
 public:
  static constexpr int kShortestMaxLength = 3;  // the special tokens of a pair

  // kMismatch when the tokenizer has more pieces than the BERT has embeddings; kUsage when
  // settings.max_length is out of range; kUnsupported when pooling asks for a pooler that the BERT
  // lacks.
  Encoder(std::shared_ptr<const WordPiece> tokenizer, std::shared_ptr<const Bert> bert,
          EncoderSettings settings);
  ~Encoder();

  int dimensions() const;
  const EncoderSettings& settings() const { return settings_; }
  const Bert& bert() const { return *bert_; }

  // Vectors of `passages` into out [passages, dimensions]. Uses all compute threads; batches are
  // cut by a token budget after sorting by length. Returns what it counted.
  EncodeCounts EncodePassages(std::span<const Passage> passages, FloatView out) const;
  // Texts without a title: questions, or bare passages.
  EncodeCounts EncodeTexts(std::span<const std::string> texts, FloatView out) const;

  // The two halves of the above. The tokens of each, with prompt, title and special tokens, into
  // `tokens`, which is cleared first.
  EncodeCounts TokenizePassages(std::span<const Passage> passages, PackedTokens& tokens) const;
  EncodeCounts TokenizeTexts(std::span<const std::string> texts, PackedTokens& tokens) const;
  // Vectors of tokenised texts into out [sequences, dimensions]. Allocates nothing once the memory
  // of each thread, which is kept, has met the largest batch. `clock`, when not null, gets the time
  // of all threads together.
  void EncodeTokens(const PackedTokens& tokens, FloatView out, StageClock* clock = nullptr) const;

 private:
  struct Memory;
  struct Clocks;
  void EncodeBatch(const PackedTokens& all, std::span<const int64_t> sequences, bool wide,
                   FloatView out, Clocks* clocks) const;

  std::shared_ptr<const WordPiece> tokenizer_;
  std::shared_ptr<const Bert> bert_;
  EncoderSettings settings_;
  std::unique_ptr<Memory> memory_;  // of calls, lent to one at a time
};

}  // namespace dpr
