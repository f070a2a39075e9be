// What somebody may have meant who gave a name that does not exist.
#pragma once

#include <span>
#include <string>

namespace dpr {

// The one of `names` that begins with `given` (from four letters on), or that is the fewest edits
// away from it, at most one and one for every three letters; empty when there is none.
std::string NearestName(const std::string& given, std::span<const std::string> names);

}  // namespace dpr
