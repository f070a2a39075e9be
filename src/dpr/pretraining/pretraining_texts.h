// The texts of a pretraining run: passages of any source that `dpr index` takes, or of a
// collection, and which of their articles are held back to measure on.
#pragma once

#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/base/progress.h"
#include "dpr/data/numbered_passages.h"
#include "dpr/data/passage_source.h"

namespace dpr {

struct PretrainingTexts {
  NumberedPassages store;
  std::vector<int64_t> training, held_out;  // passages of the store, ascending

  // What identifies them, and what the log says of them: a JSON object.
  std::string content_hash() const;
  std::string Describe(const std::vector<Path>& sources) const;
};

// `held_out`: the share of articles that are held back; none when there are fewer than 20 articles,
// or when they have fewer passages than `fewest`.
// Which they are depends on their number alone. kInvalid when there is no passage with text.
PretrainingTexts ReadPretrainingTexts(const std::vector<Path>& sources,
                                      const SourceOptions& options, double held_out, int64_t fewest,
                                      Progress& progress);

}  // namespace dpr
