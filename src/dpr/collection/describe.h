// What a file or folder of ours is and holds, for `dpr inspect`: one describer for each kind, found
// by content. A module that brings a new kind brings its describer; cli joins the lists.
#pragma once

#include <string>
#include <vector>

#include "dpr/base/error.h"
#include "dpr/base/file.h"
#include "dpr/base/progress.h"

namespace dpr {

struct Describer {
  bool (*recognises)(const Path& path);
  std::string (*describe)(const Path& path);  // a JSON object; its "kind" says what it is
  // Reads all of it: a sentence for each damaged file, naming it. Null: describing reads all.
  std::vector<std::string> (*verify)(const Path& path, Progress& progress);
  // One hash of the logical content. Null: it has none.
  std::string (*fingerprint)(const Path& path, Progress& progress);
};

// Collections and each of their files.
std::vector<Describer> CollectionDescribers();
// Vector files, NumPy files, indexes of FAISS, folders of encoders, and files of torch.save.
std::vector<Describer> VectorAndModelDescribers();

std::string DescribeCollection(const Path& folder);

// `verify` of a file whose reader can do it alone.
template <typename OpenFile>
std::vector<std::string> VerifyFile(const Path& path, Progress& progress) {
  progress.Stage("verifying", 0, "bytes");
  try {
    OpenFile(path).Verify();
    return {};
  } catch (const Error& error) {
    return {error.where() + ": " + error.problem()};
  }
}

}  // namespace dpr
