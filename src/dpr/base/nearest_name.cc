#include "dpr/base/nearest_name.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace dpr {
namespace {

// How many letters must be put in, left out or changed (Levenshtein 1966).
size_t EditDistance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string NearestName(const std::string& given, std::span<const std::string> names) {
  std::string nearest;
  size_t least = 1 + given.size() / 3;
  for (const std::string& name : names) {
    const bool begins = given.size() > 3 && name.starts_with(given);
    const size_t distance = begins ? 1 : EditDistance(given, name);
    if (distance > least || (distance == least && !nearest.empty())) continue;
    nearest = name;
    least = distance;
  }
  return nearest;
}

}  // namespace dpr
