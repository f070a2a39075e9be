// How much an index finds of what exact search finds, and the effort that a wanted recall takes:
// tuned on one half of the questions, reported on the other.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dpr/base/progress.h"
#include "dpr/vectors/ann_index.h"

namespace dpr {

// The mean share of each question's true k best that is among what was found; of questions without
// any, 1. `found` may be longer than `truth`, which decides how many questions count.
double RecallAt(const RankedRows& found, const RankedRows& truth, int64_t k);

struct RecallPoint {
  int64_t effort = 0;
  double recall_10 = 0, recall_100 = 0;  // of who asks for 10, for 100
  double codes_read = 0;                 // by a question for 100
  double seconds = 0;                    // for that question, on one thread
};

// What an index can do.
struct RecallCurve {
  double target = 0;
  int64_t effort_10 = 0, effort_100 = 0;  // the least whose recall reached it; 0: none did
  // Of those efforts, on the other half of the questions.
  double reported_10 = 0, reported_100 = 0;
  int64_t questions = 0;            // of both halves
  std::string asked;                // what they were: "passages" or "questions"
  std::vector<RecallPoint> points;  // on the first half, by effort

  bool reaches() const { return effort_10 > 0 && effort_100 > 0; }
  // For the k best: the efforts above for k up to 10 and 100, and in proportion beyond.
  int64_t EffortFor(int64_t k) const;
  std::string Json() const;  // one object
  static RecallCurve FromJson(const std::string& json);
};

// By searches of all threads. Of `questions` every second one is for the report. Stops at the most
// effort, or where nothing is left to gain.
RecallCurve MeasureRecall(const SearchSpace& space, const AnnIndex& index, ConstFloatView questions,
                          double target, Progress& progress);

// The same where there are no questions: `count` rows of the index, at random, ask for their
// neighbours, and are hidden meanwhile.
RecallCurve MeasureRecallByRows(const SearchSpace& space, const AnnIndex& index, int64_t count,
                                double target, Progress& progress);

}  // namespace dpr
