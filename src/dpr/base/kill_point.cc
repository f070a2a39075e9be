#include "dpr/base/kill_point.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

namespace dpr {
namespace {

// What the environment asks for, and the counts so far.
class KillPlan {
 public:
  KillPlan() {
    if (const char* file = std::getenv("DPR_KILL_COUNT")) count_file_ = file;
    if (const char* text = std::getenv("DPR_KILL_AT")) {
      const std::string plan = text;
      const size_t colon = plan.rfind(':');
      name_ = plan.substr(0, colon);
      remaining_ = colon == std::string::npos ? 1 : std::atol(plan.c_str() + colon + 1);
    }
  }

  ~KillPlan() {
    if (count_file_.empty()) return;
    if (std::FILE* out = std::fopen(count_file_.c_str(), "w")) {
      for (const auto& [name, count] : counts_) std::fprintf(out, "%s\t%ld\n", name.c_str(), count);
      std::fclose(out);
    }
  }

  bool active() const { return !name_.empty() || !count_file_.empty(); }

  void Pass(const char* name) {
    const std::lock_guard lock(mutex_);
    ++counts_[name];
    if ((name_ == "*" || name_ == name) && --remaining_ == 0) std::raise(SIGKILL);
  }

 private:
  std::mutex mutex_;
  std::string name_, count_file_;
  long remaining_ = 0;
  std::map<std::string, long> counts_;
};

}  // namespace

void KillPoint(const char* name) {
  static KillPlan plan;
  if (plan.active()) plan.Pass(name);
}

}  // namespace dpr
