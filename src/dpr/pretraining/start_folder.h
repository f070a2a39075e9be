// A model that has learned nothing, as a folder that others open: config.json and the tokenizer's
// files. It lies in TMPDIR and is gone with this object.
#pragma once

#include <optional>

#include "dpr/base/file.h"
#include "dpr/bert/config.h"
#include "dpr/text/vocabulary.h"

namespace dpr {

class StartFolder {
 public:
  // The config's vocabulary becomes as large as `vocabulary`. kInvalid when `config` says it is
  // smaller than that.
  StartFolder(const std::optional<Path>& config, const Vocabulary& vocabulary);
  ~StartFolder();
  StartFolder(const StartFolder&) = delete;
  StartFolder& operator=(const StartFolder&) = delete;

  const Path& path() const { return path_; }

 private:
  Path path_;
};

// What `dpr pretrain` makes without --config: 4 layers, 256 wide, as BERT-mini.
BertConfig SmallBertConfig();

}  // namespace dpr
