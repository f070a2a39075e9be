// Python's pickles, read as data (protocols 0 to 5, PEP 307, 3154, 574). A pickle is a program for
// a stack machine that may name any function and have it called; this machine never calls anything.
// A name becomes a placeholder, a call becomes an object that remembers what would have been called
// with which arguments, and what they mean is for the caller to say.
//
// Values live in one table and refer to one another by index, so that cycles and deep nesting,
// which a hostile file may hold, cost no recursion. Texts and bytes are views into the file, which
// must stay mapped: the gigabytes of a pickled matrix are never copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dpr {

struct PickleValue {
  enum class Kind {
    kNone,
    kBoolean,     // integer: 0 or 1
    kInteger,     // integer
    kBigInteger,  // text: its bytes, little-endian two's complement
    kFloat,       // real
    kText,        // text, UTF-8
    kBytes,       // text
    kList,        // items
    kTuple,       // items
    kSet,         // items
    kDict,        // items: key, value, key, value, ...
    kName,        // items: module, name (texts)
    kCall,        // items: the callee, its arguments (a tuple), then key, value, ... set afterwards
    kReference,   // items: the persistent id, by which torch means a storage
  };
  Kind kind = Kind::kNone;
  int64_t integer = 0;
  double real = 0;
  std::string_view text;        // into the file
  std::vector<uint32_t> items;  // indexes into Pickle::values
  static constexpr uint32_t kNoState = UINT32_MAX;
  uint32_t state = kNoState;  // of a kCall: what the object would be given by __setstate__
};

struct Pickle {
  std::vector<PickleValue> values;
  uint32_t root = 0;
  size_t bytes = 0;  // that the pickle took

  const PickleValue& at(uint32_t index) const { return values[index]; }
  const PickleValue& item(const PickleValue& of, size_t i) const { return values[of.items[i]]; }
  // "module name" of a kName; empty for anything else.
  std::string Name(const PickleValue& value) const;
  // The same of what a kCall would call.
  std::string Callee(const PickleValue& value) const;
  // The value of a text key of a dict, or of what was set on a call; null when there is none.
  const PickleValue* Find(const PickleValue& dict, std::string_view key) const;
  // What an object would be filled with; null when there is nothing.
  const PickleValue* State(const PickleValue& value) const;
};

// Reads one pickle from the beginning of `bytes`; more may follow it. kInvalid, with the byte, for
// what is no pickle, and for the instructions that only private registries or buffers outside of
// the file give a meaning.
Pickle ReadPickle(std::span<const std::byte> bytes, const std::string& where);

// Is told of an item, whose values are in `pickle` until it returns; false: no more are wanted.
using PickledItem = std::function<bool(const Pickle& pickle, const PickleValue& item)>;

// Reads a pickle of a list item by item, in memory that does not grow with the list. Python
// remembers every object in case it comes again; here one that was not asked for within the next
// thousand items or so is forgotten, and kUnsupported says so where it does come again after all.
// What repeats (classes, types, empty tuples) is asked for by each item, so lists of arrays or
// texts are read whole. kInvalid when the pickle is no list, besides what ReadPickle throws.
void ForEachPickled(std::span<const std::byte> bytes, const std::string& where,
                    const PickledItem& visit);

}  // namespace dpr
