// How each kind of set is made ready. Internal to `experiments`; prepared_set.h is what others see.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "dpr/experiments/prepared_set.h"

namespace dpr {

struct PreparationRequest {
  SetDefinition set;
  Path data;
  Path sampled;  // of a set of questions: the passages that were chosen; empty: all, as they are
  int64_t passages = 0, test = 0, train = 0, choose = 0;

  Path Below(const Path& file) const { return data / file; }
};

// What a kind of set gives; `passages` are written by it already, or those of `direct` files are
// taken.
struct Prepared {
  std::array<std::vector<PreparedQuestion>, 3> parts;  // by Part
  std::vector<Path> direct;
  int64_t passage_count = 0, groups = 0;
  double passage_words = 0;
  std::vector<Passage> sample;  // of its passages, for what is too frequent
};

Prepared PrepareSquad(const PreparationRequest& request, const Path& passages, Progress& progress);
Prepared PrepareQuestions(const PreparationRequest& request);
Prepared PreparePublished(const PreparationRequest& request, Progress& progress);

// `wanted` of the passages of `files`, by chance, in their order.
void WriteSample(const std::vector<Path>& files, const SetDefinition& set, int64_t wanted,
                 const Path& out);

// kInvalid: `set` has `there` of `what` and `needed` are wanted.
void RequireEnough(const SetDefinition& set, const std::string& what, int64_t there,
                   int64_t needed);
// The first `count` of `part`, in its order of chance.
std::vector<PreparedQuestion> TakePart(std::span<const PreparedQuestion> questions,
                                       std::span<const Part> parts, Part part, int64_t count);

// Passages as JSON lines, and what is to be known of them.
class PassageFile {
 public:
  explicit PassageFile(const Path& path) : file_(path) {}
  void Add(const Passage& passage);
  void Finish();
  int64_t count() const { return count_; }

 private:
  AtomicFile file_;
  std::string buffer_;
  int64_t count_ = 0;
};

// Calls `visit` for every passage of the files.
void ForEachPassage(const std::vector<Path>& files,
                    const std::function<bool(Passage& passage)>& visit);  // false: enough
int64_t CountWords(std::string_view text);
// About `count` of them, evenly spread.
std::vector<Passage> SpreadSample(const std::vector<Passage>& passages, size_t count);

constexpr size_t kSamplePassages = 2000;
constexpr uint64_t kSplitSeed = 1;

}  // namespace dpr
