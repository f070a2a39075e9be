#include "dpr/cli/stop_signal.h"

#include <csignal>

namespace dpr::cli {
namespace {

std::atomic<bool> stop_requested = false;

void RequestStop(int signal) {
  stop_requested = true;
  std::signal(signal, SIG_DFL);
}

}  // namespace

const std::atomic<bool>& StopOnSignals() {
  std::signal(SIGINT, RequestStop);
  std::signal(SIGTERM, RequestStop);
  return stop_requested;
}

}  // namespace dpr::cli
