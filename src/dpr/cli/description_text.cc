#include "dpr/cli/description_text.h"

#include <nlohmann/json.hpp>

#include "dpr/report/display_width.h"
#include "dpr/report/format.h"

namespace dpr::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMostItems = 20;

std::string ValueText(const std::string& name, const Json& value) {
  if (value.is_string()) return Printable(value.get<std::string>());
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_null()) return "none";
  if (value.is_number_float()) return FormatMeasured(value.get<double>());
  if (!value.is_number_integer()) return value.dump();
  if (name.ends_with("bytes")) return FormatBytes(value.get<uint64_t>());
  return FormatCount(value.get<int64_t>());
}

// "name" of "max_length" is "max length".
std::string NameText(std::string name) {
  for (char& c : name) c = c == '_' ? ' ' : c;
  return name;
}

void Append(const Json& object, const std::string& indent, std::string& text);

void AppendList(const Json& list, const std::string& indent, std::string& text) {
  size_t shown = 0;
  for (const Json& item : list) {
    if (shown == kMostItems) break;
    ++shown;
    if (!item.is_object()) {
      text += indent + "- " + ValueText({}, item) + "\n";
      continue;
    }
    std::string lines;
    Append(item, indent + "  ", lines);
    if (!lines.empty()) lines[indent.size()] = '-';
    text += lines;
  }
  if (list.size() > shown) {
    text +=
        indent + "... and " + FormatCount(static_cast<int64_t>(list.size() - shown)) + " more\n";
  }
}

void Append(const Json& object, const std::string& indent, std::string& text) {
  for (const auto& [name, value] : object.items()) {
    text += indent + NameText(name) + ":";
    if (value.is_object()) {
      text += "\n";
      Append(value, indent + "  ", text);
    } else if (value.is_array()) {
      text += value.empty() ? " none\n" : "\n";
      AppendList(value, indent + "  ", text);
    } else {
      text += " " + ValueText(name, value) + "\n";
    }
  }
}

}  // namespace

std::string DescriptionText(const std::string& json) {
  std::string text;
  Append(Json::parse(json), "", text);
  return text;
}

}  // namespace dpr::cli
