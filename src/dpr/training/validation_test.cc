// What an evaluation looks at, and that it ends when it is told to.
#include "dpr/training/validation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dpr/base/test_environment.h"
#include "dpr/data/training_set.h"
#include "dpr/encoder/retriever.h"
#include "dpr/training/loss.h"

namespace dpr {
namespace {

class ValidationTest : public ::testing::Test {
 protected:
  ValidationTest()
      : retriever_(Retriever::Open(testing::TestData() / "encoder" / "dpr_pair")),
        dev_(
            TrainingSet::Open(testing::TestData() / "data" / "training" / "dpr.jsonl", progress_)) {
    settings_.batch = 3;
  }
  std::optional<DevScores> Run(DevMetric metric, bool stop = false) {
    const std::atomic<bool> flag = stop;
    return Validation(dev_, settings_)
        .Run(retriever_.questions(), retriever_.passages(), 1, metric, flag, progress_);
  }

  NoProgress progress_;
  Retriever retriever_;
  TrainingSet dev_;
  TrainingSettings settings_;
};

TEST_F(ValidationTest, EncodesThePoolOnlyForWhatNeedsIt) {
  const auto loss = Run(DevMetric::kNll), ranks = Run(DevMetric::kAverageRank);
  ASSERT_TRUE(loss && ranks);
  EXPECT_EQ(loss->pool, 0);
  EXPECT_GT(ranks->pool, dev_.size());
  EXPECT_GT(ranks->average_rank, 0);
  EXPECT_EQ(loss->nll, ranks->nll) << "the same batches";
  EXPECT_EQ(loss->accuracy, ranks->accuracy);
  EXPECT_TRUE(loss->finite());
}

TEST_F(ValidationTest, EndsWithoutFiguresWhenItIsStopped) {
  EXPECT_FALSE(Run(DevMetric::kAverageRank, true));
}

}  // namespace
}  // namespace dpr
