// Errors as values, for tests.
#pragma once

#include <gtest/gtest.h>

#include "dpr/base/error.h"

namespace dpr::testing {

// The Error that `body` throws; a failure of the test when it throws none.
template <typename Body>
Error ErrorOf(Body body) {
  try {
    body();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return Error(ErrorCode::kIo, "none");
}

}  // namespace dpr::testing
