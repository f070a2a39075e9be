// A JSON object of an experiment file, every member of which must be asked for: what is left over
// at the end is a misspelt name. Internal to `experiments`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dpr {

// All functions throw kUsage with the file, the path to the member ("variants.cls.train") and, for
// a name that does not exist, the nearest that does. Not thread-safe.
class CheckedObject {
 public:
  // `file` names the document; `path` is empty for the document itself. Keeps the value.
  CheckedObject(nlohmann::ordered_json value, std::string file, std::string path);

  bool Has(const std::string& name);
  std::string Text(const std::string& name);
  std::string Text(const std::string& name, const std::string& otherwise);
  double Number(const std::string& name, double otherwise);
  int64_t Integer(const std::string& name, int64_t otherwise, int64_t lowest = 0);
  bool Flag(const std::string& name, bool otherwise);
  std::vector<std::string> Texts(const std::string& name);  // a list of texts; none when absent
  std::vector<double> Numbers(const std::string& name);
  nlohmann::ordered_json Value(const std::string& name);  // null when absent
  // One object; the empty one when absent.
  CheckedObject Object(const std::string& name);
  // Named objects, in the order of the file.
  void ForEach(const std::string& name,
               const std::function<void(const std::string&, CheckedObject&)>& visit);
  // An array of objects.
  void ForEachElement(const std::string& name, const std::function<void(CheckedObject&)>& visit);
  std::vector<std::string> Names() const { return Names(value_); }

  // No member is left that nobody asked for.
  void Finish() const;
  // `name`, given in `member`, must be one of `known`; `what`: "set".
  void RequireKnown(const std::string& member, const std::string& what, const std::string& name,
                    std::span<const std::string> known) const;
  [[noreturn]] void Fail(const std::string& member, const std::string& problem,
                         const std::string& hint = {}) const;

 private:
  static std::vector<std::string> Names(const nlohmann::ordered_json& object);
  std::string PathOf(const std::string& name) const;
  const nlohmann::ordered_json* Find(const std::string& name);

  nlohmann::ordered_json value_;
  std::string file_, path_;
  std::vector<std::string> asked_;
};

}  // namespace dpr
