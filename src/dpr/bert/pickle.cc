#include "dpr/bert/pickle.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <unordered_map>

#include "dpr/base/error.h"

namespace dpr {
namespace {

using Kind = PickleValue::Kind;

constexpr size_t kMostValues = size_t{1} << 24;  // a model has thousands

class Machine {
 public:
  Machine(std::span<const std::byte> bytes, const std::string& where)
      : bytes_(bytes), where_(where) {}

  Pickle Run();

  [[noreturn]] void Fail(size_t at, const std::string& problem) const {
    throw Error(ErrorCode::kInvalid, fmt::format("byte {} of the pickle: {}", at, problem), where_,
                "Is the file damaged, or cut short?");
  }

  std::string_view Take(uint64_t count) {
    if (count > bytes_.size() - at_) Fail(at_, "the pickle ends here");
    const auto* begin = reinterpret_cast<const char*>(bytes_.data()) + at_;
    at_ += count;
    return {begin, count};
  }
  std::string_view TakeLine() {
    const size_t begin = at_;
    while (Take(1)[0] != '\n') {
    }
    return {reinterpret_cast<const char*>(bytes_.data()) + begin, at_ - begin - 1};
  }
  template <typename T>
  T TakeNumber() {
    T value;
    std::memcpy(&value, Take(sizeof value).data(), sizeof value);
    return value;
  }

  // The stack.
  void Push(PickleValue value) {
    if (pickle_.values.size() == kMostValues) Fail(at_, "there are too many values");
    pickle_.values.push_back(std::move(value));
    stack_.push_back(static_cast<uint32_t>(pickle_.values.size() - 1));
  }
  void Push(Kind kind, std::vector<uint32_t> items = {}) {
    Push({kind, 0, 0, {}, std::move(items)});
  }
  void PushText(Kind kind, std::string_view text) { Push({kind, 0, 0, std::string(text), {}}); }
  void PushInteger(int64_t value, Kind kind = Kind::kInteger) { Push({kind, value, 0, {}, {}}); }
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  uint32_t Pop() {
    if (stack_.size() <= floor()) Fail(at_, "nothing is on the stack");
    const uint32_t top = stack_.back();
    stack_.pop_back();
    return top;
  }
  PickleValue& Top() {
    if (stack_.size() <= floor()) Fail(at_, "nothing is on the stack");
    return pickle_.values[stack_.back()];
  }
  std::vector<uint32_t> PopToMark() {
    if (marks_.empty()) Fail(at_, "there is no mark");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<uint32_t> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }
  std::vector<uint32_t> PopSome(size_t count) {
    std::vector<uint32_t> items(count);
    for (size_t i = count; i > 0; --i) items[i - 1] = Pop();
    return items;
  }

  void PushLong(std::string_view bytes) {
    if (bytes.size() > 8) return PushText(Kind::kBigInteger, bytes);
    uint64_t value = !bytes.empty() && (bytes.back() & 0x80) != 0 ? ~uint64_t{0} : 0;
    for (size_t i = 0; i < bytes.size(); ++i) {
      value &= ~(uint64_t{0xFF} << (8 * i));
      value |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    }
    PushInteger(static_cast<int64_t>(value));
  }

  void PushDecimal(std::string_view line) {
    if (line == "00" || line == "01") return PushInteger(line == "01", Kind::kBoolean);
    if (line.ends_with('L')) line.remove_suffix(1);
    int64_t value = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (error != std::errc() || end != line.data() + line.size()) Fail(at_, "no whole number");
    PushInteger(value);
  }

  void PushRealLine() {
    const std::string_view line = TakeLine();
    double value = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (error != std::errc() || end != line.data() + line.size()) Fail(at_, "no number");
    Push({Kind::kFloat, 0, value, {}, {}});
  }

  void PushRealBytes() {
    uint64_t bits = 0;
    for (const char c : Take(8)) bits = bits << 8 | static_cast<unsigned char>(c);
    Push({Kind::kFloat, 0, std::bit_cast<double>(bits), {}, {}});
  }

  // A text between quotes, as protocol 0 has it; escapes are left as they are.
  void PushQuoted() {
    const std::string_view line = TakeLine();
    const bool quoted = line.size() >= 2 && line.front() == line.back() &&
                        (line.front() == '\'' || line.front() == '"');
    if (!quoted) Fail(at_, "a text without quotes");
    PushText(Kind::kText, line.substr(1, line.size() - 2));
  }

  void PopOrUnmark() {
    if (!marks_.empty() && marks_.back() == stack_.size()) {
      marks_.pop_back();
    } else {
      Pop();
    }
  }

  std::vector<uint32_t> Pairs(std::vector<uint32_t> items) const {
    if (items.size() % 2 != 0) Fail(at_, "a key without a value");
    return items;
  }

  void Add(const std::vector<uint32_t>& items) {
    PickleValue& top = Top();
    if (top.kind != Kind::kList && top.kind != Kind::kSet && top.kind != Kind::kDict &&
        top.kind != Kind::kCall) {
      Fail(at_, "items are added to what holds none");
    }
    top.items.insert(top.items.end(), items.begin(), items.end());
  }

  uint32_t TopIndex() {
    Top();
    return stack_.back();
  }
  uint64_t TakeIndexLine() {
    const std::string_view line = TakeLine();
    uint64_t index = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), index);
    if (error != std::errc() || end != line.data() + line.size()) Fail(at_, "no place of the memo");
    return index;
  }
  void Recall(uint64_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) Fail(at_, "nothing was remembered there");
    stack_.push_back(found->second);
  }

  void Remember(uint64_t index) { memo_[index] = TopIndex(); }
  void RememberNext() { Remember(memo_.size()); }

  void PushGlobal() {
    const std::string_view module = TakeLine(), name = TakeLine();
    PushText(Kind::kName, fmt::format("{} {}", module, name));
  }
  void PushName(const std::vector<uint32_t>& parts) {
    const PickleValue &module = pickle_.values[parts[0]], &name = pickle_.values[parts[1]];
    if (module.kind != Kind::kText || name.kind != Kind::kText) Fail(at_, "a name that is no text");
    PushText(Kind::kName, module.text + " " + name.text);
  }
  void PushInstance(std::vector<uint32_t> items) {
    if (items.empty()) Fail(at_, "an object without a class");
    const uint32_t callee = items.front();
    items.erase(items.begin());
    Push(Kind::kTuple, std::move(items));
    const uint32_t arguments = Pop();
    Push(Kind::kCall, {callee, arguments});
  }
  void PushCall() { Push(Kind::kCall, PopSome(2)); }
  void PushCallWithKeywords() {  // which are dropped
    Pop();
    PushCall();
  }
  void KeepState() {
    const uint32_t state = Pop();
    Top().state = state;
  }
  void Refer() { Push(Kind::kReference, PopSome(1)); }
  void ReferByLine() {
    PushText(Kind::kText, TakeLine());
    Refer();
  }
  void Mark() { marks_.push_back(stack_.size()); }
  void Duplicate() {
    Top();
    stack_.push_back(stack_.back());
  }

 private:
  std::span<const std::byte> bytes_;
  std::string where_;
  size_t at_ = 0;
  Pickle pickle_;
  std::vector<uint32_t> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint64_t, uint32_t> memo_;
};

template <typename Length>
void PushTextOf(Machine& m) {
  m.PushText(Kind::kText, m.Take(m.TakeNumber<Length>()));
}
template <typename Length>
void PushBytesOf(Machine& m) {
  m.PushText(Kind::kBytes, m.Take(m.TakeNumber<Length>()));
}
template <typename Number>
void PushNumber(Machine& m) {
  m.PushInteger(m.TakeNumber<Number>());
}

// What runs an instruction; null for those that end the pickle, and for those that are refused.
using Handler = void (*)(Machine&);

struct Instruction {
  unsigned char code;
  Handler run;
};

// In the order of Python's pickletools.
constexpr Instruction kInstructions[] = {
    {'I', [](Machine& m) { m.PushDecimal(m.TakeLine()); }},
    {'J', PushNumber<int32_t>},
    {'K', PushNumber<uint8_t>},
    {'M', PushNumber<uint16_t>},
    {'L', [](Machine& m) { m.PushDecimal(m.TakeLine()); }},
    {0x8A, [](Machine& m) { m.PushLong(m.Take(m.TakeNumber<uint8_t>())); }},
    {0x8B, [](Machine& m) { m.PushLong(m.Take(m.TakeNumber<uint32_t>())); }},
    {'S', [](Machine& m) { m.PushQuoted(); }},
    {'T', PushTextOf<uint32_t>},
    {'U', PushTextOf<uint8_t>},
    {'B', PushBytesOf<uint32_t>},
    {'C', PushBytesOf<uint8_t>},
    {0x8E, PushBytesOf<uint64_t>},
    {0x96, PushBytesOf<uint64_t>},
    {'N', [](Machine& m) { m.Push(Kind::kNone); }},
    {0x88, [](Machine& m) { m.PushInteger(1, Kind::kBoolean); }},
    {0x89, [](Machine& m) { m.PushInteger(0, Kind::kBoolean); }},
    {'V', [](Machine& m) { m.PushText(Kind::kText, m.TakeLine()); }},
    {0x8C, PushTextOf<uint8_t>},
    {'X', PushTextOf<uint32_t>},
    {0x8D, PushTextOf<uint64_t>},
    {'F', [](Machine& m) { m.PushRealLine(); }},
    {'G', [](Machine& m) { m.PushRealBytes(); }},
    {']', [](Machine& m) { m.Push(Kind::kList); }},
    {'a', [](Machine& m) { m.Add(m.PopSome(1)); }},
    {'e', [](Machine& m) { m.Add(m.PopToMark()); }},
    {'l', [](Machine& m) { m.Push(Kind::kList, m.PopToMark()); }},
    {')', [](Machine& m) { m.Push(Kind::kTuple); }},
    {'t', [](Machine& m) { m.Push(Kind::kTuple, m.PopToMark()); }},
    {0x85, [](Machine& m) { m.Push(Kind::kTuple, m.PopSome(1)); }},
    {0x86, [](Machine& m) { m.Push(Kind::kTuple, m.PopSome(2)); }},
    {0x87, [](Machine& m) { m.Push(Kind::kTuple, m.PopSome(3)); }},
    {'}', [](Machine& m) { m.Push(Kind::kDict); }},
    {'d', [](Machine& m) { m.Push(Kind::kDict, m.Pairs(m.PopToMark())); }},
    {'s', [](Machine& m) { m.Add(m.PopSome(2)); }},
    {'u', [](Machine& m) { m.Add(m.Pairs(m.PopToMark())); }},
    {0x8F, [](Machine& m) { m.Push(Kind::kSet); }},
    {0x90, [](Machine& m) { m.Add(m.PopToMark()); }},
    {0x91, [](Machine& m) { m.Push(Kind::kSet, m.PopToMark()); }},
    {'0', [](Machine& m) { m.PopOrUnmark(); }},
    {'2', [](Machine& m) { m.Duplicate(); }},
    {'(', [](Machine& m) { m.Mark(); }},
    {'1', [](Machine& m) { m.PopToMark(); }},
    {'g', [](Machine& m) { m.Recall(m.TakeIndexLine()); }},
    {'h', [](Machine& m) { m.Recall(m.TakeNumber<uint8_t>()); }},
    {'j', [](Machine& m) { m.Recall(m.TakeNumber<uint32_t>()); }},
    {'p', [](Machine& m) { m.Remember(m.TakeIndexLine()); }},
    {'q', [](Machine& m) { m.Remember(m.TakeNumber<uint8_t>()); }},
    {'r', [](Machine& m) { m.Remember(m.TakeNumber<uint32_t>()); }},
    {0x94, [](Machine& m) { m.RememberNext(); }},
    {'c', [](Machine& m) { m.PushGlobal(); }},
    {0x93, [](Machine& m) { m.PushName(m.PopSome(2)); }},
    {'R', [](Machine& m) { m.PushCall(); }},
    {'b', [](Machine& m) { m.KeepState(); }},
    {'o', [](Machine& m) { m.PushInstance(m.PopToMark()); }},
    {0x81, [](Machine& m) { m.PushCall(); }},
    {0x92, [](Machine& m) { m.PushCallWithKeywords(); }},
    {0x80, [](Machine& m) { m.Take(1); }},  // the protocol
    {0x95, [](Machine& m) { m.Take(8); }},  // a frame's length
    {'P', [](Machine& m) { m.ReferByLine(); }},
    {'Q', [](Machine& m) { m.Refer(); }},
};

constexpr std::array<Handler, 256> HandlersByCode() {
  std::array<Handler, 256> handlers = {};
  for (const Instruction& instruction : kInstructions) {
    handlers[instruction.code] = instruction.run;
  }
  return handlers;
}
constexpr std::array<Handler, 256> kHandlers = HandlersByCode();

Pickle Machine::Run() {
  while (true) {
    const size_t begin = at_;
    const auto code = static_cast<unsigned char>(Take(1)[0]);
    if (code == '.') break;
    if (kHandlers[code] == nullptr) {
      Fail(begin, fmt::format("instruction {:#04x} is none that is read", code));
    }
    kHandlers[code](*this);
  }
  pickle_.root = Pop();
  pickle_.bytes = at_;
  return std::move(pickle_);
}

}  // namespace

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
  return Machine(bytes, where).Run();
}

}  // namespace dpr
