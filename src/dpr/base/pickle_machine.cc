#include "dpr/base/pickle_machine.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>

#include "dpr/base/error.h"

namespace dpr {

void PickleMachine::Fail(size_t at, const std::string& problem) const {
  throw Error(ErrorCode::kInvalid, fmt::format("byte {} of the pickle: {}", at, problem), where_,
              "Is the file damaged, or cut short?");
}

void PickleMachine::FailUnknown(size_t at, unsigned char code) const {
  Fail(at, fmt::format("instruction {:#04x} is none that is read", code));
}

std::vector<uint32_t> PickleMachine::PopToMark() {
  if (marks_.empty()) Fail("there is no mark");
  const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<uint32_t> items(begin, stack_.end());
  stack_.erase(begin, stack_.end());
  marks_.pop_back();
  return items;
}

std::vector<uint32_t> PickleMachine::PopSome(size_t count) {
  std::vector<uint32_t> items(count);
  for (size_t i = count; i > 0; --i) items[i - 1] = Pop();
  return items;
}

void PickleMachine::PushLong(std::string_view bytes) {
  if (bytes.size() > 8) return PushText(Kind::kBigInteger, bytes);
  uint64_t value = !bytes.empty() && (bytes.back() & 0x80) != 0 ? ~uint64_t{0} : 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    value &= ~(uint64_t{0xFF} << (8 * i));
    value |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  PushInteger(static_cast<int64_t>(value));
}

void PickleMachine::PushDecimal(std::string_view line) {
  if (line == "00" || line == "01") return PushInteger(line == "01", Kind::kBoolean);
  if (line.ends_with('L')) line.remove_suffix(1);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (error != std::errc() || end != line.data() + line.size()) Fail("no whole number");
  PushInteger(value);
}

void PickleMachine::PushRealLine() {
  const std::string_view line = TakeLine();
  double value = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (error != std::errc() || end != line.data() + line.size()) Fail("no number");
  Push({Kind::kFloat, 0, value, {}, {}});
}

void PickleMachine::PushRealBytes() {
  uint64_t bits = 0;
  for (const char c : Take(8)) bits = bits << 8 | static_cast<unsigned char>(c);
  Push({Kind::kFloat, 0, std::bit_cast<double>(bits), {}, {}});
}

// A text between quotes, as protocol 0 has it; escapes are left as they are.
void PickleMachine::PushQuoted() {
  const std::string_view line = TakeLine();
  const bool quoted = line.size() >= 2 && line.front() == line.back() &&
                      (line.front() == '\'' || line.front() == '"');
  if (!quoted) Fail("a text without quotes");
  PushText(Kind::kText, line.substr(1, line.size() - 2));
}

void PickleMachine::PopOrUnmark() {
  if (!marks_.empty() && marks_.back() == stack_.size()) {
    marks_.pop_back();
  } else {
    Pop();
  }
}

std::vector<uint32_t> PickleMachine::Pairs(std::vector<uint32_t> items) const {
  if (items.size() % 2 != 0) Fail("a key without a value");
  return items;
}

void PickleMachine::Add(const std::vector<uint32_t>& items) {
  PickleValue& top = Top();
  if (top.kind != Kind::kList && top.kind != Kind::kSet && top.kind != Kind::kDict &&
      top.kind != Kind::kCall) {
    Fail("items are added to what holds none");
  }
  if (IsHandedOver()) return HandOver(items);
  top.items.insert(top.items.end(), items.begin(), items.end());
}

// Is the top of the stack the list whose items are handed over?
bool PickleMachine::IsHandedOver() const {
  return visit_ != nullptr && marks_.empty() && stack_.size() == 1 && stack_[0] == 0 &&
         pickle_.values[0].kind == Kind::kList;
}

void PickleMachine::HandOver(const std::vector<uint32_t>& items) {
  for (const uint32_t item : items) {
    if (stopped_) return;
    stopped_ = !(*visit_)(pickle_, pickle_.values[item]);
  }
  if (pickle_.values.size() >= collect_at_) Collect();
}

uint64_t PickleMachine::TakeIndexLine() {
  const std::string_view line = TakeLine();
  uint64_t index = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), index);
  if (error != std::errc() || end != line.data() + line.size()) Fail("no place of the memo");
  return index;
}

void PickleMachine::Recall(uint64_t index) {
  const auto found = memo_.find(index);
  if (found == memo_.end()) FailNotRemembered();
  found->second.asked_for = true;
  PushIndex(found->second.value);
}

void PickleMachine::FailNotRemembered() const {
  if (!forgot_) Fail("nothing was remembered there");
  throw Error(ErrorCode::kUnsupported,
              fmt::format("byte {} of the pickle: an item is made of parts of one that came long "
                          "before it",
                          at_),
              where_, "Save copies: pickle.dump of items that share no objects");
}

void PickleMachine::Remember(uint64_t index) {
  const bool fresh = memo_.insert_or_assign(index, Remembered{TopIndex(), collections_}).second;
  if (memo_.size() > kMostRemembered) Fail("too much is to be remembered");
  if (fresh) ++remembered_;
}

void PickleMachine::PushGlobal() {
  PushText(Kind::kText, TakeLine());
  PushText(Kind::kText, TakeLine());
  PushName(PopSome(2));
}

void PickleMachine::PushName(std::vector<uint32_t> parts) {
  const PickleValue &module = pickle_.values[parts[0]], &name = pickle_.values[parts[1]];
  if (module.kind != Kind::kText || name.kind != Kind::kText) Fail("a name that is no text");
  Push(Kind::kName, std::move(parts));
}

void PickleMachine::PushInstance(std::vector<uint32_t> items) {
  if (items.empty()) Fail("an object without a class");
  const uint32_t callee = items.front();
  items.erase(items.begin());
  Push(Kind::kTuple, std::move(items));
  const uint32_t arguments = Pop();
  Push(Kind::kCall, {callee, arguments});
}

void PickleMachine::PushCallWithKeywords() {  // which are dropped
  Pop();
  PushCall();
}

void PickleMachine::KeepState() {
  const uint32_t state = Pop();
  Top().state = state;
}

void PickleMachine::ReferByLine() {
  PushText(Kind::kText, TakeLine());
  Refer();
}

void PickleMachine::Duplicate() {
  Top();
  PushIndex(stack_.back());
}

// Drops what was remembered before the last collection and has not been asked for since.
void PickleMachine::ForgetUnused() {
  const size_t dropped = std::erase_if(memo_, [this](const auto& entry) {
    return !entry.second.asked_for && entry.second.collection < collections_;
  });
  forgot_ = forgot_ || dropped > 0;
}

// Where each value goes that the stack or the memo leads to, in the order of the table; kNoState
// for all others.
std::vector<uint32_t> PickleMachine::FindReachable() const {
  std::vector<uint32_t> places(pickle_.values.size(), PickleValue::kNoState);
  std::vector<uint32_t> waiting = stack_;
  for (const auto& [index, remembered] : memo_) waiting.push_back(remembered.value);
  while (!waiting.empty()) {
    const uint32_t index = waiting.back();
    waiting.pop_back();
    if (std::exchange(places[index], 0) == 0) continue;
    const PickleValue& value = pickle_.values[index];
    waiting.insert(waiting.end(), value.items.begin(), value.items.end());
    if (value.state != PickleValue::kNoState) waiting.push_back(value.state);
  }
  uint32_t next = 0;
  for (uint32_t& place : places) {
    if (place == 0) place = next++;
  }
  return places;
}

// Keeps the values that can still be meant, so that the table stays small however long the list.
void PickleMachine::Collect() {
  ForgetUnused();
  const std::vector<uint32_t> places = FindReachable();
  size_t kept = 0, lasting = 0;
  for (size_t i = 0; i < places.size(); ++i) {
    if (i == kept_before_) lasting = kept;
    if (places[i] == PickleValue::kNoState) continue;
    PickleValue value = std::move(pickle_.values[i]);
    for (uint32_t& item : value.items) item = places[item];
    if (value.state != PickleValue::kNoState) value.state = places[value.state];
    pickle_.values[kept++] = std::move(value);
  }
  pickle_.values.resize(kept);
  for (uint32_t& value : stack_) value = places[value];
  for (auto& [index, remembered] : memo_) remembered.value = places[remembered.value];
  ++collections_;
  kept_before_ = kept;
  // What has come since the last time stays for one more, so that what lasts decides.
  collect_at_ = kept + lasting + kFewValues;
}

// A list that was not filled piece by piece still has its items.
void PickleMachine::FinishList() const {
  const PickleValue& root = pickle_.values[pickle_.root];
  if (root.kind != Kind::kList) {
    throw Error(ErrorCode::kInvalid, "the pickle is no list", where_,
                "A list of its items was expected");
  }
  for (const uint32_t item : root.items) {
    if (!(*visit_)(pickle_, pickle_.values[item])) return;
  }
}

Pickle PickleMachine::Finish() {
  pickle_.root = Pop();
  pickle_.bytes = at_;
  if (visit_ != nullptr) FinishList();
  return std::move(pickle_);
}

}  // namespace dpr
