#include "dpr/pretraining/sentence_pairs.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "dpr/base/error.h"
#include "dpr/base/random.h"

namespace dpr {
namespace {

constexpr int kTries = 20;  // to find another article
constexpr int kSpecialTokens = 3;

int32_t MaskId(const WordPiece& tokenizer) {
  const std::vector<std::string>& pieces = tokenizer.pieces();
  const auto found = std::find(pieces.begin(), pieces.end(), "[MASK]");
  if (found != pieces.end()) return static_cast<int32_t>(found - pieces.begin());
  throw Error(ErrorCode::kInvalid, "the vocabulary has no [MASK]", {},
              "Give --vocab a BERT's vocabulary, or let one be learned");
}

}  // namespace

// The chances of one pair, drawn one after the other.
struct SentencePairs::Draw {
  CounterRandom random;
  uint64_t position = 0;

  uint64_t Below(uint64_t bound) { return random.Below(position++, bound); }
  double Uniform() { return random.Uniform(position++); }
};

// A text's tokens, of which [begin, end) are left.
struct SentencePairs::Part {
  std::vector<int32_t> ids;
  size_t begin = 0, end = 0;

  size_t size() const { return end - begin; }
};

SentencePairs::SentencePairs(const NumberedPassages& store, const std::vector<int64_t>& passages,
                             const WordPiece& tokenizer, const LanguageModelSettings& settings,
                             uint64_t stream)
    : store_(store),
      passages_(passages),
      tokenizer_(tokenizer),
      settings_(settings),
      stream_(stream),
      mask_(MaskId(tokenizer)) {
  const auto article = [&](size_t i) { return store_.article(passages_[i]); };
  for (size_t i = 0; i < passages_.size(); ++i) {
    const bool last = i + 1 == passages_.size() || article(i + 1) != article(i);
    const bool first = i == 0 || article(i - 1) != article(i);
    if (!last || first) starts_.push_back(static_cast<int64_t>(i));
  }
}

// Of an article with one passage only a half: the second, or the first.
SentencePairs::Part SentencePairs::PartOf(int64_t passage, bool second) const {
  const auto i = static_cast<size_t>(passage);
  Part part;
  tokenizer_.Tokenize(store_.Read(passages_[i]).text, part.ids);
  part.end = part.ids.size();
  const int64_t article = store_.article(passages_[i]);
  const bool before = i > 0 && store_.article(passages_[i - 1]) == article;
  const bool behind = i + 1 < passages_.size() && store_.article(passages_[i + 1]) == article;
  if (before || behind) return part;
  (second ? part.begin : part.end) = part.ids.size() / 2;
  return part;
}

// A passage of another article; -1 where there seems to be none.
int64_t SentencePairs::Other(int64_t passage, Draw& draw) const {
  const int64_t article = store_.article(passages_[static_cast<size_t>(passage)]);
  for (int i = 0; i < kTries; ++i) {
    const uint64_t other = draw.Below(passages_.size());
    if (store_.article(passages_[other]) != article) return static_cast<int64_t>(other);
  }
  return -1;
}

MaskedPair SentencePairs::Make(int64_t start, int64_t number) const {
  Draw draw{CounterRandom(settings_.seed, stream_ + static_cast<uint64_t>(number))};
  const int64_t passage = starts_[static_cast<size_t>(start)];
  MaskedPair pair;
  int64_t other = draw.Below(2) == 1 ? Other(passage, draw) : -1;
  pair.next = other < 0 ? 0 : 1;
  Part first = PartOf(passage, false);
  if (other < 0) {
    const auto i = static_cast<size_t>(passage);
    const bool follows = i + 1 < passages_.size() &&
                         store_.article(passages_[i + 1]) == store_.article(passages_[i]);
    other = follows ? passage + 1 : passage;
  }
  Part second = PartOf(other, true);
  size_t room = static_cast<size_t>(settings_.max_length - kSpecialTokens);
  if (draw.Uniform() < settings_.short_pairs && room > 2) room = 2 + draw.Below(room - 1);
  while (first.size() + second.size() > room) {
    Part& longer = first.size() > second.size() ? first : second;
    if (draw.Below(2) == 0) {
      ++longer.begin;
    } else {
      --longer.end;
    }
  }
  pair.ids.push_back(tokenizer_.cls_id());
  for (const Part* part : {&first, &second}) {
    pair.ids.insert(pair.ids.end(), part->ids.begin() + static_cast<int64_t>(part->begin),
                    part->ids.begin() + static_cast<int64_t>(part->end));
    pair.ids.push_back(tokenizer_.sep_id());
    pair.segments.resize(pair.ids.size(), part == &first ? 0 : 1);
  }
  Mask(pair, draw);
  return pair;
}

void SentencePairs::Mask(MaskedPair& pair, Draw& draw) const {
  std::vector<int64_t> places;
  for (size_t i = 0; i < pair.ids.size(); ++i) {
    const int32_t id = pair.ids[i];
    if (id != tokenizer_.cls_id() && id != tokenizer_.sep_id()) {
      places.push_back(static_cast<int64_t>(i));
    }
  }
  if (places.empty()) return;
  const auto asked = std::max<size_t>(
      1, static_cast<size_t>(std::lround(settings_.masked * static_cast<double>(places.size()))));
  for (size_t i = 0; i < asked; ++i) {
    std::swap(places[i], places[i + draw.Below(places.size() - i)]);
  }
  places.resize(asked);
  std::sort(places.begin(), places.end());
  for (const int64_t place : places) {
    int32_t& id = pair.ids[static_cast<size_t>(place)];
    pair.pieces.push_back(id);
    const uint64_t chance = draw.Below(10);
    if (chance < 8) {
      id = mask_;
    } else if (chance == 8) {
      id = static_cast<int32_t>(draw.Below(tokenizer_.pieces().size()));
    }
  }
  pair.places = std::move(places);
}

}  // namespace dpr
