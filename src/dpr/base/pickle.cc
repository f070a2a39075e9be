#include "dpr/base/pickle.h"

#include <fmt/format.h>

#include <array>

#include "dpr/base/pickle_machine.h"

namespace dpr {
namespace {

using Kind = PickleValue::Kind;

template <typename Length>
void PushTextOf(PickleMachine& m) {
  m.PushText(Kind::kText, m.Take(m.TakeNumber<Length>()));
}
template <typename Length>
void PushBytesOf(PickleMachine& m) {
  m.PushText(Kind::kBytes, m.Take(m.TakeNumber<Length>()));
}
template <typename Number>
void PushNumber(PickleMachine& m) {
  m.PushInteger(m.TakeNumber<Number>());
}

// What runs an instruction; null for those that end the pickle, and for those that are refused.
using Handler = void (*)(PickleMachine&);

struct Instruction {
  unsigned char code;
  Handler run;
};

// In the order of Python's pickletools.
constexpr Instruction kInstructions[] = {
    {'I', [](PickleMachine& m) { m.PushDecimal(m.TakeLine()); }},
    {'J', PushNumber<int32_t>},
    {'K', PushNumber<uint8_t>},
    {'M', PushNumber<uint16_t>},
    {'L', [](PickleMachine& m) { m.PushDecimal(m.TakeLine()); }},
    {0x8A, [](PickleMachine& m) { m.PushLong(m.Take(m.TakeNumber<uint8_t>())); }},
    {0x8B, [](PickleMachine& m) { m.PushLong(m.Take(m.TakeNumber<uint32_t>())); }},
    {'S', [](PickleMachine& m) { m.PushQuoted(); }},
    {'T', PushTextOf<uint32_t>},
    {'U', PushTextOf<uint8_t>},
    {'B', PushBytesOf<uint32_t>},
    {'C', PushBytesOf<uint8_t>},
    {0x8E, PushBytesOf<uint64_t>},
    {0x96, PushBytesOf<uint64_t>},
    {'N', [](PickleMachine& m) { m.Push(Kind::kNone); }},
    {0x88, [](PickleMachine& m) { m.PushInteger(1, Kind::kBoolean); }},
    {0x89, [](PickleMachine& m) { m.PushInteger(0, Kind::kBoolean); }},
    {'V', [](PickleMachine& m) { m.PushText(Kind::kText, m.TakeLine()); }},
    {0x8C, PushTextOf<uint8_t>},
    {'X', PushTextOf<uint32_t>},
    {0x8D, PushTextOf<uint64_t>},
    {'F', [](PickleMachine& m) { m.PushRealLine(); }},
    {'G', [](PickleMachine& m) { m.PushRealBytes(); }},
    {']', [](PickleMachine& m) { m.Push(Kind::kList); }},
    {'a', [](PickleMachine& m) { m.Add(m.PopSome(1)); }},
    {'e', [](PickleMachine& m) { m.Add(m.PopToMark()); }},
    {'l', [](PickleMachine& m) { m.Push(Kind::kList, m.PopToMark()); }},
    {')', [](PickleMachine& m) { m.Push(Kind::kTuple); }},
    {'t', [](PickleMachine& m) { m.Push(Kind::kTuple, m.PopToMark()); }},
    {0x85, [](PickleMachine& m) { m.Push(Kind::kTuple, m.PopSome(1)); }},
    {0x86, [](PickleMachine& m) { m.Push(Kind::kTuple, m.PopSome(2)); }},
    {0x87, [](PickleMachine& m) { m.Push(Kind::kTuple, m.PopSome(3)); }},
    {'}', [](PickleMachine& m) { m.Push(Kind::kDict); }},
    {'d', [](PickleMachine& m) { m.Push(Kind::kDict, m.Pairs(m.PopToMark())); }},
    {'s', [](PickleMachine& m) { m.Add(m.PopSome(2)); }},
    {'u', [](PickleMachine& m) { m.Add(m.Pairs(m.PopToMark())); }},
    {0x8F, [](PickleMachine& m) { m.Push(Kind::kSet); }},
    {0x90, [](PickleMachine& m) { m.Add(m.PopToMark()); }},
    {0x91, [](PickleMachine& m) { m.Push(Kind::kSet, m.PopToMark()); }},
    {'0', [](PickleMachine& m) { m.PopOrUnmark(); }},
    {'2', [](PickleMachine& m) { m.Duplicate(); }},
    {'(', [](PickleMachine& m) { m.Mark(); }},
    {'1', [](PickleMachine& m) { m.PopToMark(); }},
    {'g', [](PickleMachine& m) { m.Recall(m.TakeIndexLine()); }},
    {'h', [](PickleMachine& m) { m.Recall(m.TakeNumber<uint8_t>()); }},
    {'j', [](PickleMachine& m) { m.Recall(m.TakeNumber<uint32_t>()); }},
    {'p', [](PickleMachine& m) { m.Remember(m.TakeIndexLine()); }},
    {'q', [](PickleMachine& m) { m.Remember(m.TakeNumber<uint8_t>()); }},
    {'r', [](PickleMachine& m) { m.Remember(m.TakeNumber<uint32_t>()); }},
    {0x94, [](PickleMachine& m) { m.RememberNext(); }},
    {'c', [](PickleMachine& m) { m.PushGlobal(); }},
    {0x93, [](PickleMachine& m) { m.PushName(m.PopSome(2)); }},
    {'R', [](PickleMachine& m) { m.PushCall(); }},
    {'b', [](PickleMachine& m) { m.KeepState(); }},
    {'o', [](PickleMachine& m) { m.PushInstance(m.PopToMark()); }},
    {0x81, [](PickleMachine& m) { m.PushCall(); }},
    {0x92, [](PickleMachine& m) { m.PushCallWithKeywords(); }},
    {0x80, [](PickleMachine& m) { m.Take(1); }},  // the protocol
    {0x95, [](PickleMachine& m) { m.Take(8); }},  // a frame's length
    {'P', [](PickleMachine& m) { m.ReferByLine(); }},
    {'Q', [](PickleMachine& m) { m.Refer(); }},
};

constexpr std::array<Handler, 256> HandlersByCode() {
  std::array<Handler, 256> handlers = {};
  for (const Instruction& instruction : kInstructions) {
    handlers[instruction.code] = instruction.run;
  }
  return handlers;
}
constexpr std::array<Handler, 256> kHandlers = HandlersByCode();

bool RunInstruction(unsigned char code, PickleMachine& machine) {
  if (kHandlers[code] == nullptr) return false;
  kHandlers[code](machine);
  return true;
}

}  // namespace

std::string Pickle::Name(const PickleValue& value) const {
  if (value.kind != Kind::kName) return {};
  return fmt::format("{} {}", item(value, 0).text, item(value, 1).text);
}

std::string Pickle::Callee(const PickleValue& value) const {
  return value.kind == Kind::kCall ? Name(item(value, 0)) : std::string();
}

const PickleValue* Pickle::Find(const PickleValue& dict, std::string_view key) const {
  const size_t first = dict.kind == Kind::kCall ? 2 : 0;
  for (size_t i = first; i + 1 < dict.items.size(); i += 2) {
    const PickleValue& k = item(dict, i);
    if (k.kind == Kind::kText && k.text == key) return &item(dict, i + 1);
  }
  return nullptr;
}

const PickleValue* Pickle::State(const PickleValue& value) const {
  return value.kind == Kind::kCall && value.state != PickleValue::kNoState ? &at(value.state)
                                                                           : nullptr;
}

Pickle ReadPickle(std::span<const std::byte> bytes, const std::string& where) {
  return PickleMachine(bytes, where).Run(RunInstruction);
}

void ForEachPickled(std::span<const std::byte> bytes, const std::string& where,
                    const PickledItem& visit) {
  PickleMachine(bytes, where, &visit).Run(RunInstruction);
}

}  // namespace dpr
