// Ending long work at a signal: it finishes what it is at, keeps its state and can be given again.
#pragma once

#include <atomic>

namespace dpr::cli {

// From now on SIGINT and SIGTERM set the result; a second one ends the program at once.
const std::atomic<bool>& StopOnSignals();

}  // namespace dpr::cli
