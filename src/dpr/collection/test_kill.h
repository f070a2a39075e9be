// Running and killing a process that changes a collection, and comparing what it left.
#pragma once

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "dpr/collection/test_collection.h"

namespace dpr::testing {

// Tests with many runs write to memory where the machine offers it: fsync would dominate them.
inline void UseMemoryForTemporaryFolders() {
  if (std::filesystem::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
}

// A running process, with more in its environment ("NAME=VALUE").
class Process {
 public:
  explicit Process(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
    std::vector<char*> argv, envp;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    for (char** entry = environ; *entry != nullptr; ++entry) envp.push_back(*entry);
    for (std::string& entry : environment) envp.push_back(entry.data());
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    EXPECT_EQ(::posix_spawn(&pid_, argv[0], nullptr, nullptr, argv.data(), envp.data()), 0);
  }
  void Kill() const { ::kill(pid_, SIGKILL); }
  // The exit code, or 128 + the signal.
  int Wait() const {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = 0;
};

inline constexpr int kKilled = 128 + SIGKILL;

inline std::vector<std::string> DriverCommand(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), DPR_KILL_DRIVER);
  return arguments;
}

// Name to count, as DPR_KILL_COUNT wrote them.
inline std::map<std::string, int> ReadKillCounts(const Path& path) {
  std::map<std::string, int> counts;
  std::ifstream in(path);
  std::string name;
  for (int count = 0; in >> name >> count;) counts[name] = count;
  return counts;
}

// The vectors of every segment, byte for byte, in row order.
inline std::string VectorBytes(const Path& collection) {
  std::set<Path> segments;
  for (const auto& entry : std::filesystem::directory_iterator(collection / "segments")) {
    segments.insert(entry.path());
  }
  std::string bytes;
  for (const Path& segment : segments) bytes += ReadFile(segment / "vectors.f32");
  return bytes;
}

// Every file below the folder that a finished command does not leave there.
inline std::vector<std::string> Leftovers(const Path& collection) {
  std::vector<std::string> leftovers;
  const std::set<std::string> known = {
      "collection.json", "deleted",    "lock",  "segment.json", "passages.sqlite", "vectors.f32",
      "lexical.glass",   "vectors.i8", "graph", "inverted",     "ann.json"};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(collection)) {
    const Path& path = entry.path();
    const bool folder = entry.is_directory();
    const std::string parent = path.parent_path().filename(), name = path.filename();
    const bool part = parent == "segments" || (parent == "ann" && name != "building");
    if (folder && (part || name == "segments" || name == "ann")) continue;
    if (folder || !known.contains(path.filename().string())) leftovers.push_back(path.string());
  }
  return leftovers;
}

}  // namespace dpr::testing
