// For fuzz targets of readers that want a file: the input under one name of this process.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "dpr/base/error.h"
#include "dpr/base/file.h"

namespace dpr::fuzzing {

// Removed when the process ends.
class InputFile {
 public:
  InputFile()
      : path_(std::filesystem::temp_directory_path() / ("dpr-fuzz-" + std::to_string(::getpid()))) {
  }
  ~InputFile() { RemoveAll(path_); }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const Path& Write(const uint8_t* data, size_t size) const {
    File::Create(path_).Write(std::as_bytes(std::span(data, size)));
    return path_;
  }

 private:
  Path path_;
};

// Nothing but a dpr::Error may come of it.
template <typename Body>
void Try(Body body) {
  try {
    body();
  } catch (const Error&) {
  }
}

}  // namespace dpr::fuzzing
