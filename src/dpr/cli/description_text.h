// What --json prints, as people read it: descriptions and measurements.
#pragma once

#include <string>

namespace dpr::cli {

// `json`: an object. One line a member, `name: value`; objects and lists are indented below their
// name, and of a long list the first items are shown and the rest counted.
std::string DescriptionText(const std::string& json);

}  // namespace dpr::cli
