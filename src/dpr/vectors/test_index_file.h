// For *_test.cc only: what holds for every kind of index file.
#pragma once

#include <gtest/gtest.h>

#include "dpr/base/error.h"
#include "dpr/base/file.h"

namespace dpr::testing {

// A changed bit in any of the first 512 bytes, or in any seventh behind them, is found by opening
// or by Verify, and so is a missing byte. The file is cut off afterwards.
template <typename IndexFile>
void ExpectDamageIsFound(const Path& path) {
  File file = File::OpenForUpdating(path);
  for (uint64_t at = 0; at < file.size(); at += at < 512 ? 1 : 7) {
    std::byte byte[1];
    file.ReadAt(at, byte);
    byte[0] ^= std::byte{4};
    file.WriteAt(at, byte);
    EXPECT_THROW(IndexFile(path).Verify(), Error) << at;
    byte[0] ^= std::byte{4};
    file.WriteAt(at, byte);
  }
  IndexFile(path).Verify();
  file.Truncate(file.size() - 1);
  EXPECT_THROW(IndexFile{path}, Error);
}

}  // namespace dpr::testing
