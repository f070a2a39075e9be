#include "dpr/experiments/splits.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <numeric>
#include <unordered_map>

#include "dpr/base/random.h"

namespace dpr {
namespace {

constexpr uint64_t kGroupStream = 0x67726f757073, kOrderStream = 0x6f72646572;
constexpr double kTestShare = 0.2, kChooseShare = 0.1;

// As the exact match of SQuAD's evaluation compares answers.
std::string Normalised(const std::string& answer) {
  std::string kept;
  for (const char c : answer) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::ispunct(byte) != 0) continue;
    kept += std::isspace(byte) != 0 ? ' ' : static_cast<char>(std::tolower(byte));
  }
  std::string words;
  for (size_t at = 0; at < kept.size();) {
    const size_t end = std::min(kept.find(' ', at), kept.size());
    const std::string word = kept.substr(at, end - at);
    at = end + 1;
    if (word.empty() || word == "a" || word == "an" || word == "the") continue;
    words += (words.empty() ? "" : " ") + word;
  }
  return words.empty() ? answer : words;
}

class UnionFind {
 public:
  explicit UnionFind(size_t size) : parents_(size) {
    std::iota(parents_.begin(), parents_.end(), size_t{0});
  }
  size_t Root(size_t i) {
    while (parents_[i] != i) i = parents_[i] = parents_[parents_[i]];
    return i;
  }
  void Join(size_t a, size_t b) { parents_[Root(b)] = Root(a); }

 private:
  std::vector<size_t> parents_;
};

}  // namespace

std::string PartName(Part part) {
  return part == Part::kTrain ? "train" : part == Part::kChoose ? "choose" : "test";
}

std::vector<int64_t> GroupsByAnswer(std::span<const Question> questions) {
  UnionFind sets(questions.size());
  std::unordered_map<std::string, size_t> first;
  for (size_t i = 0; i < questions.size(); ++i) {
    for (const std::string& answer : questions[i].answers) {
      const auto [entry, added] = first.try_emplace(Normalised(answer), i);
      if (!added) sets.Join(entry->second, i);
    }
  }
  std::unordered_map<size_t, int64_t> numbers;
  std::vector<int64_t> groups;
  for (size_t i = 0; i < questions.size(); ++i) {
    const auto next = static_cast<int64_t>(numbers.size());
    groups.push_back(numbers.try_emplace(sets.Root(i), next).first->second);
  }
  return groups;
}

std::vector<Part> SplitByGroup(std::span<const int64_t> groups, const SplitSizes& sizes,
                               uint64_t seed) {
  std::map<int64_t, int64_t> members;
  for (const int64_t group : groups) ++members[group];
  std::vector<int64_t> order;
  for (const auto& [group, count] : members) order.push_back(group);
  CounterRandom(seed, kGroupStream).Shuffle(std::span(order));
  const auto share = [&](double part, int64_t needed) {
    return std::max(needed, static_cast<int64_t>(part * static_cast<double>(groups.size())));
  };
  int64_t test = share(kTestShare, sizes.test), choose = share(kChooseShare, sizes.choose);
  std::map<int64_t, Part> parts;
  for (const int64_t group : order) {
    const int64_t count = members[group];
    Part& part = parts[group] = Part::kTrain;
    if (count <= test) {
      part = Part::kTest;
      test -= count;
    } else if (count <= choose) {
      part = Part::kChoose;
      choose -= count;
    }
  }
  std::vector<Part> result;
  for (const int64_t group : groups) result.push_back(parts[group]);
  return result;
}

std::vector<int64_t> OrderOfPart(std::span<const Part> parts, Part part, uint64_t seed) {
  std::vector<int64_t> numbers;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] == part) numbers.push_back(static_cast<int64_t>(i));
  }
  CounterRandom(seed, kOrderStream + static_cast<uint64_t>(part)).Shuffle(std::span(numbers));
  return numbers;
}

}  // namespace dpr
