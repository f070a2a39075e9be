#include "dpr/pretraining/crop_examples.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "dpr/base/random.h"
#include "dpr/base/threads.h"
#include "dpr/text/passage_splitter.h"
#include "dpr/text/sentence_splitter.h"
#include "dpr/training/random_streams.h"

namespace dpr {
namespace {

constexpr size_t kFewestWords = 6, kFewestWordsOfACrop = 3;

std::vector<std::string_view> Sentences(const std::string& text) {
  thread_local SentenceSplitter splitter;
  return splitter.Split(text);
}

// Words joined by one space.
std::string Joined(const std::vector<std::string>& words, size_t begin, size_t count) {
  std::string text;
  for (size_t i = begin; i < begin + count; ++i) {
    if (!text.empty()) text += ' ';
    text += words[i];
  }
  return text;
}

std::vector<std::string> Words(const std::string& text) {
  return SplitIntoPassages(text, {.words = 1});
}

// The chances of one example.
struct Draw {
  CounterRandom random;
  uint64_t position;

  uint64_t Below(uint64_t bound) { return random.Below(position++, bound); }
  double Uniform() { return random.Uniform(position++); }
};

void InverseCloze(const std::string& text, double keep, Draw& draw, std::string& question,
                  std::string& passage) {
  const std::vector<std::string_view> sentences = Sentences(text);
  const uint64_t chosen = draw.Below(sentences.size());
  question = sentences[chosen];
  if (draw.Uniform() < keep) {
    passage = text;
    return;
  }
  for (size_t i = 0; i < sentences.size(); ++i) {
    if (i == chosen) continue;
    if (!passage.empty()) passage += ' ';
    passage += sentences[i];
  }
}

std::string Crop(const std::vector<std::string>& words, const CropSettings& settings, Draw& draw) {
  const auto share = [&](double part) {
    const auto count = static_cast<size_t>(std::lround(part * static_cast<double>(words.size())));
    return std::clamp(count, kFewestWordsOfACrop, words.size());
  };
  const size_t least = share(settings.shortest), most = share(settings.longest);
  const size_t count = least + draw.Below(most - least + 1);
  return Joined(words, draw.Below(words.size() - count + 1), count);
}

}  // namespace

CropExamples::CropExamples(const NumberedPassages& store, const std::vector<int64_t>& passages,
                           const CropSettings& settings, std::string name)
    : store_(store), settings_(settings), name_(std::move(name)) {
  const bool cloze = settings.kind == CropSettings::Kind::kInverseCloze;
  format_ = cloze ? "inverse cloze task" : "random crops";
  std::vector<char> enough(passages.size());
  ParallelFor(std::ssize(passages), 64, [&](int64_t i) {
    const std::string text = store.Read(passages[static_cast<size_t>(i)]).text;
    enough[static_cast<size_t>(i)] =
        cloze ? Sentences(text).size() >= 2 : Words(text).size() >= kFewestWords;
  });
  for (size_t i = 0; i < passages.size(); ++i) {
    if (enough[i] != 0) passages_.push_back(passages[i]);
  }
  counts_.examples = std::ssize(passages);
  counts_.positives = size();
  counts_.without_positives = counts_.examples - size();
  counts_.without_hard_negatives = size();
  content_hash_ =
      fmt::format("{} {} {} {} {} {} {}", store.content_hash(), format_, size(),
                  settings.keep_sentence, settings.shortest, settings.longest, settings.seed);
}

TrainingExample CropExamples::Read(int64_t index, int64_t time) const {
  constexpr uint64_t kChancesPerExample = 8;
  Draw draw{CounterRandom(settings_.seed, kCropStream + static_cast<uint64_t>(time)),
            static_cast<uint64_t>(index) * kChancesPerExample};
  Passage passage = store_.Read(passages_[static_cast<size_t>(index)]);
  TrainingExample example;
  TrainingPassage positive;
  positive.title = std::move(passage.title);
  if (settings_.kind == CropSettings::Kind::kInverseCloze) {
    InverseCloze(passage.text, settings_.keep_sentence, draw, example.question.text, positive.text);
  } else {
    const std::vector<std::string> words = Words(passage.text);
    example.question.text = Crop(words, settings_, draw);
    positive.text = Crop(words, settings_, draw);
  }
  example.question.id = std::to_string(index + 1);
  example.positives.push_back(std::move(positive));
  return example;
}

std::string CropExamples::Where(int64_t index) const {
  return fmt::format("{}, passage {}", name_, passages_[static_cast<size_t>(index)] + 1);
}

}  // namespace dpr
