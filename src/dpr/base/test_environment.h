// Where tests find what the repository does not hold: real weights, real data. For *_test.cc only.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "dpr/base/file.h"

namespace dpr::testing {

inline Path FromEnvironment(const char* variable, const Path& otherwise) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0' ? Path(value) : otherwise;
}

// The real encoder (`./dev fetch` puts it there); does it exist? is for the caller to ask.
inline Path RealModel() {
  return FromEnvironment("DPR_REAL_MODEL", Path(DPR_SOURCE_DIR) / ".work" / "model");
}

// Real data for experiments, beside the checkout.
inline Path SharedData() {
  return FromEnvironment("DPR_SHARED_DATA", Path(DPR_SOURCE_DIR).parent_path() / "shared" / "data");
}

inline Path TestData() { return Path(DPR_TESTDATA); }

// A fresh folder, removed with everything in it at the end of the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "dpr-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const Path& path() const { return path_; }
  // Writes a file below the folder, with its parents.
  Path Write(const Path& name, std::string_view content) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path_ / name;
  }

 private:
  Path path_;
};

}  // namespace dpr::testing
