#include "dpr/evaluation/letter_display.h"

#include <algorithm>

namespace dpr {

std::vector<std::vector<size_t>> LetterGroups(const std::vector<std::vector<bool>>& alike,
                                              const std::vector<size_t>& order) {
  std::vector<std::vector<size_t>> groups(alike.size());
  std::vector<std::vector<bool>> covered(alike.size(), std::vector<bool>(alike.size()));
  size_t letters = 0;
  const auto give_letter = [&](std::vector<size_t> members) {
    for (const size_t item : order) {
      const bool fits = std::all_of(members.begin(), members.end(), [&](size_t member) {
        return member != item && alike[member][item];
      });
      if (fits) members.push_back(item);
    }
    for (const size_t a : members) {
      groups[a].push_back(letters);
      for (const size_t b : members) covered[a][b] = true;
    }
    ++letters;
  };
  for (size_t i = 0; i < order.size(); ++i) {
    for (size_t j = i + 1; j < order.size(); ++j) {
      const size_t a = order[i], b = order[j];
      if (alike[a][b] && !covered[a][b]) give_letter({a, b});
    }
    if (groups[order[i]].empty()) give_letter({order[i]});
  }
  return groups;
}

std::string GroupLetters(const std::vector<size_t>& groups) {
  std::string letters;
  for (const size_t group : groups) {
    if (group < 26) {
      letters.push_back(static_cast<char>('a' + group));
    } else if (group < 52) {
      letters.push_back(static_cast<char>('A' + (group - 26)));
    } else {
      letters += "(" + std::to_string(group + 1) + ")";
    }
  }
  return letters;
}

}  // namespace dpr
