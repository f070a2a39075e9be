#include "dpr/data/training_set.h"

#include <algorithm>
#include <vector>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/data/training_format.h"

namespace dpr {
namespace {

TrainingSetCounts CountsOf(const TrainingExample& example) {
  TrainingSetCounts counts;
  counts.examples = 1;
  if (example.positives.empty()) {
    counts.without_positives = 1;
    return counts;
  }
  counts.positives = static_cast<int64_t>(example.positives.size());
  counts.hard_negatives = static_cast<int64_t>(example.hard_negatives.size());
  counts.negatives = static_cast<int64_t>(example.negatives.size());
  counts.without_hard_negatives = example.hard_negatives.empty() ? 1 : 0;
  counts.with_several_positives = example.positives.size() > 1 ? 1 : 0;
  return counts;
}

void AddTo(TrainingSetCounts& sum, const TrainingSetCounts& counts) {
  sum.examples += counts.examples;
  sum.without_positives += counts.without_positives;
  sum.positives += counts.positives;
  sum.hard_negatives += counts.hard_negatives;
  sum.negatives += counts.negatives;
  sum.without_hard_negatives += counts.without_hard_negatives;
  sum.with_several_positives += counts.with_several_positives;
}

}  // namespace

struct TrainingSet::State {
  State(TrainingContent&& bytes, Progress& progress, const TrainingSetOptions& options)
      : content(std::move(bytes)) {
    if (options.corpus) corpus.emplace(*options.corpus, progress);
    content_hash = HashHex(content.text());
    if (corpus) content_hash = HashHex(content_hash + corpus->content_hash());
    format = OpenTrainingFormat({content, corpus ? &*corpus : nullptr, progress});
    Check(progress);
  }

  // Reads every example once, in pieces that all threads share.
  void Check(Progress& progress) {
    constexpr size_t kPiece = 64;
    std::vector<TrainingRecord> all = format->TakeRecords();
    progress.Stage("checking the examples in " + content.name(), all.size(), "examples");
    const size_t pieces = (all.size() + kPiece - 1) / kPiece;
    std::vector<TrainingSetCounts> piece_counts(pieces);
    std::vector<uint64_t> has_positive(pieces);  // a bit for each example of a piece
    ParallelFor(static_cast<int64_t>(pieces), 1, [&](int64_t piece) {
      const auto p = static_cast<size_t>(piece);
      const size_t begin = p * kPiece, end = std::min(begin + kPiece, all.size());
      for (size_t i = begin; i < end; ++i) {
        const TrainingSetCounts found = CountsOf(format->Parse(all[i]));
        AddTo(piece_counts[p], found);
        if (found.without_positives == 0) has_positive[p] |= uint64_t{1} << (i - begin);
      }
      content.Release(all[begin].begin,
                      all[end - 1].begin + all[end - 1].length - all[begin].begin);
      progress.Advance(end - begin);
    });
    for (const TrainingSetCounts& found : piece_counts) AddTo(counts, found);
    for (size_t i = 0, kept = 0; i < all.size(); ++i) {
      if ((has_positive[i / kPiece] >> (i % kPiece) & 1) == 0) continue;
      all[kept++] = all[i];
    }
    all.resize(static_cast<size_t>(counts.examples - counts.without_positives));
    records = std::move(all);
    if (records.empty()) {
      throw Error(ErrorCode::kInvalid,
                  counts.examples == 0 ? "the file holds no examples"
                                       : "none of its " + std::to_string(counts.examples) +
                                             " examples has a positive passage",
                  content.name(), "Training needs questions with passages that answer them");
    }
  }

  TrainingContent content;
  std::optional<TrainingCorpus> corpus;
  std::unique_ptr<TrainingFormat> format;
  std::vector<TrainingRecord> records;  // those that have a positive
  TrainingSetCounts counts;
  std::string content_hash;
};

TrainingSet TrainingSet::Open(const Path& file, Progress& progress,
                              const TrainingSetOptions& options) {
  return TrainingSet(
      std::make_unique<const State>(TrainingContent(file, progress), progress, options));
}

TrainingSet TrainingSet::Of(std::string text, const std::string& name,
                            const TrainingSetOptions& options) {
  NoProgress progress;
  return TrainingSet(
      std::make_unique<const State>(TrainingContent(std::move(text), name), progress, options));
}

TrainingSet::TrainingSet(std::unique_ptr<const State> state) : state_(std::move(state)) {}
TrainingSet::TrainingSet(TrainingSet&&) noexcept = default;
TrainingSet& TrainingSet::operator=(TrainingSet&&) noexcept = default;
TrainingSet::~TrainingSet() = default;

int64_t TrainingSet::size() const { return static_cast<int64_t>(state_->records.size()); }

TrainingExample TrainingSet::Read(int64_t index) const {
  const TrainingRecord& record = state_->records.at(static_cast<size_t>(index));
  TrainingExample example = state_->format->Parse(record);
  state_->content.Release(record.begin, record.length);
  return example;
}

std::string TrainingSet::Where(int64_t index) const {
  return state_->format->Where(state_->records.at(static_cast<size_t>(index)));
}

const TrainingSetCounts& TrainingSet::counts() const { return state_->counts; }
const std::string& TrainingSet::format() const { return state_->format->name(); }
const std::string& TrainingSet::content_hash() const { return state_->content_hash; }

}  // namespace dpr
