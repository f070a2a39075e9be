// The stack machine behind pickle.h: its stack, its memo, and what instructions do with them. Which
// instruction does what is pickle.cc's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dpr/base/pickle.h"

namespace dpr {

// One run reads one pickle. Not thread-safe.
class PickleMachine {
 public:
  using Kind = PickleValue::Kind;

  // With `visit` the items of the list that the pickle is are handed over and not kept.
  PickleMachine(std::span<const std::byte> bytes, const std::string& where,
                const PickledItem* visit = nullptr)
      : bytes_(bytes), where_(where), visit_(visit) {}

  // `run` does what an instruction says; false for one that is none.
  template <typename RunInstruction>
  Pickle Run(const RunInstruction& run) {
    while (!stopped_) {
      const size_t begin = at_;
      const auto code = static_cast<unsigned char>(Take(1)[0]);
      if (code == '.') return Finish();
      if (!run(code, *this)) FailUnknown(begin, code);
    }
    return {};
  }

  [[noreturn]] void Fail(const std::string& problem) const { Fail(at_, problem); }

  std::string_view Take(uint64_t count) {
    if (count > bytes_.size() - at_) Fail("the pickle ends here");
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
    if (pickle_.values.size() == kMostValues) Fail("there are too many values");
    pickle_.values.push_back(std::move(value));
    PushIndex(static_cast<uint32_t>(pickle_.values.size() - 1));
  }
  void PushIndex(uint32_t value) {
    if (stack_.size() == kMostValues) Fail("there is too much on the stack");
    stack_.push_back(value);
  }
  void Push(Kind kind, std::vector<uint32_t> items = {}) {
    Push({kind, 0, 0, {}, std::move(items)});
  }
  void PushText(Kind kind, std::string_view text) { Push({kind, 0, 0, text, {}}); }
  void PushInteger(int64_t value, Kind kind = Kind::kInteger) { Push({kind, value, 0, {}, {}}); }
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  uint32_t Pop() {
    if (stack_.size() <= floor()) Fail("nothing is on the stack");
    const uint32_t top = stack_.back();
    stack_.pop_back();
    return top;
  }
  PickleValue& Top() {
    if (stack_.size() <= floor()) Fail("nothing is on the stack");
    return pickle_.values[stack_.back()];
  }
  std::vector<uint32_t> PopToMark();
  std::vector<uint32_t> PopSome(size_t count);
  void PushLong(std::string_view bytes);
  void PushDecimal(std::string_view line);
  void PushRealLine();
  void PushRealBytes();
  void PushQuoted();
  void PopOrUnmark();
  std::vector<uint32_t> Pairs(std::vector<uint32_t> items) const;
  void Add(const std::vector<uint32_t>& items);

  uint32_t TopIndex() {
    Top();
    return stack_.back();
  }
  uint64_t TakeIndexLine();
  void Recall(uint64_t index);
  void Remember(uint64_t index);
  void RememberNext() { Remember(remembered_); }

  void PushGlobal();
  void PushName(std::vector<uint32_t> parts);
  void PushInstance(std::vector<uint32_t> items);
  void PushCall() { Push(Kind::kCall, PopSome(2)); }
  void PushCallWithKeywords();  // which are dropped
  void KeepState();
  void Refer() { Push(Kind::kReference, PopSome(1)); }
  void ReferByLine();
  void Mark() {
    if (marks_.size() == kMostMarks) Fail("it is nested too deeply");
    marks_.push_back(stack_.size());
  }
  void Duplicate();

 private:
  struct Remembered {
    uint32_t value;
    uint64_t collection;  // how many there had been
    bool asked_for = false;
  };

  [[noreturn]] void Fail(size_t at, const std::string& problem) const;
  [[noreturn]] void FailUnknown(size_t at, unsigned char code) const;
  [[noreturn]] void FailNotRemembered() const;
  bool IsHandedOver() const;
  void HandOver(const std::vector<uint32_t>& items);
  void Collect();
  void ForgetUnused();
  std::vector<uint32_t> FindReachable() const;
  void FinishList() const;
  Pickle Finish();

  static constexpr size_t kMostValues = size_t{1} << 24;  // a model has thousands
  static constexpr size_t kMostMarks = size_t{1} << 16, kMostRemembered = size_t{1} << 22;
  // Of a list that is handed over: so many may gather before those no longer needed are dropped.
  static constexpr size_t kFewValues = size_t{1} << 14;

  std::span<const std::byte> bytes_;
  std::string where_;
  size_t at_ = 0;
  Pickle pickle_;
  std::vector<uint32_t> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint64_t, Remembered> memo_;
  uint64_t remembered_ = 0;  // how many places of the memo were filled

  const PickledItem* visit_;
  bool stopped_ = false, forgot_ = false;
  uint64_t collections_ = 0;
  size_t collect_at_ = kFewValues, kept_before_ = 0;  // in values
};

}  // namespace dpr
