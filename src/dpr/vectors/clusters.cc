#include "dpr/vectors/clusters.h"

#include <algorithm>
#include <numeric>

#include "dpr/base/error.h"
#include "dpr/base/random.h"
#include "dpr/base/threads.h"
#include "dpr/tensor/ops.h"

namespace dpr {
namespace {

constexpr uint64_t kSampleStream = 0x636c7573746572;

// Different rows at random, ascending.
std::vector<int64_t> Sample(int64_t rows, int64_t count, const CounterRandom& random) {
  // Each row in turn is taken with the chance that leaves the wanted number (Knuth's algorithm S).
  std::vector<int64_t> sample;
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t wanted = count - static_cast<int64_t>(sample.size());
    const auto left = static_cast<double>(rows - row);
    if (random.Uniform(static_cast<uint64_t>(row)) * left < static_cast<double>(wanted)) {
      sample.push_back(row);
    }
  }
  return sample;
}

class Lloyd {
 public:
  Lloyd(const CodedRows& rows, const ClusterOptions& options)
      : rows_(rows),
        options_(options),
        random_(options.seed, kSampleStream),
        sample_(Sample(rows.rows(),
                       std::min(rows.rows(), options.clusters * options.rows_per_cluster),
                       random_)),
        nearest_(sample_.size()),
        centres_(options.clusters, rows.dimensions()) {
    std::vector<int64_t> chosen = sample_;
    CounterRandom(options.seed, kSampleStream + 1).Shuffle(std::span(chosen));
    for (int64_t c = 0; c < options.clusters; ++c) {
      rows_.Decode(chosen[static_cast<size_t>(c)], centres_.row(c));
    }
  }

  Matrix Run(Progress& progress) {
    progress.Stage("finding clusters", static_cast<uint64_t>(options_.iterations), "passes");
    for (int i = 0; i < options_.iterations; ++i) {
      Assign();
      Average();
      progress.Advance(1);
    }
    return std::move(centres_);
  }

 private:
  void Assign() {
    const NearestCentre nearest(centres_.view());
    const auto size = static_cast<int64_t>(sample_.size());
    ParallelFor((size + kClusterTile - 1) / kClusterTile, 1, [&](int64_t tile) {
      const int64_t first = tile * kClusterTile, count = std::min(kClusterTile, size - first);
      Matrix rows(count, rows_.dimensions());
      for (int64_t i = 0; i < count; ++i) {
        rows_.Decode(sample_[static_cast<size_t>(first + i)], rows.row(i));
      }
      nearest.Find(rows.view(), nearest_.data() + first);
    });
  }

  // Each centre becomes the mean of its rows; one without any moves into the largest cluster.
  void Average() {
    std::vector<std::vector<int64_t>> members(static_cast<size_t>(options_.clusters));
    for (size_t i = 0; i < sample_.size(); ++i) members[nearest_[i]].push_back(sample_[i]);
    Share(members);
    ParallelFor(options_.clusters, 1, [&](int64_t c) {
      const std::vector<int64_t>& own = members[static_cast<size_t>(c)];
      if (own.empty()) return;
      std::vector<float> row(static_cast<size_t>(rows_.dimensions()));
      std::vector<double> sum(row.size());
      for (const int64_t member : own) {
        rows_.Decode(member, row.data());
        for (size_t i = 0; i < row.size(); ++i) sum[i] += row[i];
      }
      for (size_t i = 0; i < row.size(); ++i) {
        centres_.row(c)[i] = static_cast<float>(sum[i] / static_cast<double>(own.size()));
      }
    });
  }

  // Half of a large cluster's rows, as they come, for one without any.
  static void Share(std::vector<std::vector<int64_t>>& members) {
    for (std::vector<int64_t>& own : members) {
      if (!own.empty()) continue;
      const auto largest =
          std::max_element(members.begin(), members.end(),
                           [](const auto& a, const auto& b) { return a.size() < b.size(); });
      if (largest->size() < 2) return;
      const auto half = static_cast<std::ptrdiff_t>(largest->size() / 2);
      own.assign(largest->begin() + half, largest->end());
      largest->resize(static_cast<size_t>(half));
    }
  }

  const CodedRows& rows_;
  const ClusterOptions& options_;
  const CounterRandom random_;
  const std::vector<int64_t> sample_;
  std::vector<uint32_t> nearest_;  // of each of the sample
  Matrix centres_;
};

}  // namespace

std::vector<float> NegativeHalfSquares(ConstFloatView centres) {
  std::vector<float> halves;
  for (int64_t c = 0; c < centres.rows; ++c) {
    halves.push_back(-Dot(centres.row(c), centres.row(c), centres.columns) / 2);
  }
  return halves;
}

NearestCentre::NearestCentre(ConstFloatView centres)
    : products_(centres, NegativeHalfSquares(centres).data(), Precision::kInt8) {}

void NearestCentre::Find(ConstFloatView rows, uint32_t* nearest) const {
  thread_local AlignedBuffer<float> scratch;
  const int64_t centres = products_.outputs();
  for (int64_t first = 0; first < rows.rows; first += kClusterTile) {
    const int64_t count = std::min(kClusterTile, rows.rows - first);
    const FloatView scores(scratch.Reserve(static_cast<size_t>(kClusterTile * centres)), count,
                           centres);
    products_.Forward(rows.rows_from(first, count), scores);
    for (int64_t i = 0; i < count; ++i) {
      const float* row = scores.row(i);
      nearest[first + i] = static_cast<uint32_t>(std::max_element(row, row + centres) - row);
    }
  }
}

Matrix FindCentres(const CodedRows& rows, const ClusterOptions& options, Progress& progress) {
  DPR_CHECK(options.clusters >= 1 && options.clusters <= rows.rows());
  return Lloyd(rows, options).Run(progress);
}

}  // namespace dpr
