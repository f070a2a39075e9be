// Helpers of the tests of readers. For *_test.cc only.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dpr/data/passage_readers.h"

namespace dpr::testing {

inline const SourceOptions kSkipBad{.split = {}, .skip_bad = true};

// Opens bytes in memory with one reader. `bytes` must outlive it.
inline std::unique_ptr<PassageReader> OpenBytes(PassageOpener open, std::string_view bytes,
                                                const SourceOptions& options = {},
                                                const SourceFile& file = {}) {
  return open(StreamOf(bytes, "file"), file, options);
}

inline std::vector<Passage> ReadAll(PassageReader& reader) {
  std::vector<Passage> passages;
  for (Passage passage; reader.Next(passage);) passages.push_back(passage);
  return passages;
}

inline std::vector<Passage> ReadBytes(PassageOpener open, std::string_view bytes,
                                      const SourceOptions& options = {},
                                      const SourceFile& file = {}) {
  return ReadAll(*OpenBytes(open, bytes, options, file));
}

// The message of the Error that `action` throws, whose code is checked; "" when it throws none.
template <typename Action>
std::string MessageOf(const Action& action, ErrorCode code = ErrorCode::kInvalid) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error was thrown";
  return {};
}

}  // namespace dpr::testing
