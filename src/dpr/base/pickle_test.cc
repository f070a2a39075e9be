#include "dpr/base/pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <deque>
#include <string>

#include "dpr/base/error.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = PickleValue::Kind;
// It is used; clang-tidy 14 does not see uses of literals.
// NOLINTNEXTLINE(misc-unused-using-decls)
using std::string_literals::operator""s;

// Texts are views into what was read, which is kept.
Pickle Read(const std::string& text) {
  static std::deque<std::string> kept;
  kept.push_back(text);
  return ReadPickle(std::as_bytes(std::span(kept.back())), "test");
}

std::string Refusal(const std::string& text) {
  try {
    Read(text);
    return "read";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Pickle, ReadsScalars) {
  EXPECT_EQ(Read("I42\n."s).at(0).integer, 42);
  EXPECT_EQ(Read("I01\n."s).at(0).kind, Kind::kBoolean);
  EXPECT_EQ(Read("L-7L\n."s).at(0).integer, -7);
  EXPECT_EQ(Read("J\xFF\xFF\xFF\xFF."s).at(0).integer, -1);
  EXPECT_EQ(Read("\x80\x02M\x34\x12."s).at(0).integer, 0x1234);
  EXPECT_EQ(Read("\x8A\x02\x00\xFF."s).at(0).integer, -256);
  EXPECT_EQ(Read("\x8A\x00."s).at(0).integer, 0);
  EXPECT_EQ(Read("\x8A\x09 12345678."s).at(0).kind, Kind::kBigInteger);
  EXPECT_EQ(Read("G\x3F\xF8\x00\x00\x00\x00\x00\x00."s).at(0).real, 1.5);
  EXPECT_EQ(Read("F2.5\n."s).at(0).real, 2.5);
  EXPECT_EQ(Read("S'text'\n."s).at(0).text, "text");
  EXPECT_EQ(Read("X\x02\x00\x00\x00\xC3\xA9."s).at(0).text, "é");
  EXPECT_EQ(Read("N."s).at(0).kind, Kind::kNone);
}

TEST(Pickle, ReadsContainersAndTheMemo) {
  // {"a": [1, 2], "b": (the same list,)}
  const Pickle pickle = Read(
      "\x80\x02}(U\x01"
      "a](K\x01K\x02"
      "eq\x00U\x01"
      "bh\x00\x85u."s);
  const PickleValue& dict = pickle.at(pickle.root);
  ASSERT_EQ(dict.kind, Kind::kDict);
  const PickleValue* list = pickle.Find(dict, "a");
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(list->items.size(), 2u);
  EXPECT_EQ(pickle.item(*list, 1).integer, 2);
  EXPECT_EQ(&pickle.item(*pickle.Find(dict, "b"), 0), list);
  EXPECT_EQ(pickle.Find(dict, "c"), nullptr);
}

TEST(Pickle, NothingIsEverCalled) {
  // os.system("touch ..."): what unpickling would run.
  const Pickle pickle = Read("cos\nsystem\n(S'touch /tmp/dpr-pickle-was-run'\ntR."s);
  const PickleValue& call = pickle.at(pickle.root);
  ASSERT_EQ(call.kind, Kind::kCall);
  EXPECT_EQ(pickle.item(call, 0).kind, Kind::kName);
  EXPECT_EQ(pickle.Name(pickle.item(call, 0)), "os system");
  EXPECT_EQ(pickle.Callee(call), "os system");
  EXPECT_NE(::access("/tmp/dpr-pickle-was-run", F_OK), 0);
}

TEST(Pickle, AListInItselfAndDeepNestingAreHarmless) {
  EXPECT_EQ(Read("]q\x00h\x00"
                 "a."s)
                .values.size(),
            1u);
  std::string deep;
  for (int i = 0; i < 1000000; ++i) deep += ']';
  for (int i = 1; i < 1000000; ++i) deep += 'a';
  EXPECT_EQ(Read(deep + ".").values.size(), 1000000u);
}

TEST(Pickle, SaysWhereItIsDamaged) {
  EXPECT_THAT(Refusal(""), HasSubstr("byte 0 of the pickle: the pickle ends here"));
  EXPECT_THAT(Refusal("."), HasSubstr("nothing is on the stack"));
  EXPECT_THAT(Refusal("N"), HasSubstr("ends here"));
  EXPECT_THAT(Refusal("X\xFF\xFF\xFF\xFF"), HasSubstr("ends here"));
  EXPECT_THAT(Refusal("t."), HasSubstr("no mark"));
  EXPECT_THAT(Refusal("h\x05."), HasSubstr("nothing was remembered"));
  EXPECT_THAT(Refusal("NNs."), HasSubstr("nothing is on the stack"));
  EXPECT_THAT(Refusal("NNa."), HasSubstr("holds none"));
  EXPECT_THAT(Refusal("}(NU."), HasSubstr("ends here"));
  EXPECT_THAT(Refusal("}(Nu."), HasSubstr("a key without a value"));
  EXPECT_THAT(Refusal("(N0N1."), HasSubstr("nothing is on the stack"));
  EXPECT_THAT(Refusal("Ix\n."), HasSubstr("no whole number"));
  EXPECT_THAT(Refusal("\x82\x01."), HasSubstr("0x82"));
}

// What an item is, for lists that are read item by item: texts as they are, tuples by their size.
std::vector<std::string> Items(const std::string& text, size_t most = SIZE_MAX,
                               size_t* values = nullptr) {
  std::vector<std::string> items;
  ForEachPickled(
      std::as_bytes(std::span(text)), "test", [&](const Pickle& pickle, const PickleValue& item) {
        items.emplace_back(item.kind == Kind::kTuple ? pickle.item(item, 0).text : item.text);
        if (values != nullptr) *values = std::max(*values, pickle.values.size());
        return items.size() < most;
      });
  return items;
}

TEST(PickledList, GivesItsItemsHoweverTheyWereAdded) {
  EXPECT_THAT(Items("](U\x01"
                    "aU\x01"
                    "beU\x01"
                    "ca."s),
              ElementsAre("a", "b", "c"));
  EXPECT_THAT(Items("(lp0\nS'a'\np1\naS'b'\na."s), ElementsAre("a", "b"));
  EXPECT_THAT(Items("(U\x01"
                    "aU\x01"
                    "bl."s),
              ElementsAre("a", "b"));
  EXPECT_THAT(Items("]."s), ::testing::IsEmpty());
  EXPECT_THAT(Items("](U\x01"
                    "aU\x01"
                    "beU\x01"
                    "ca"s,
                    2),
              ElementsAre("a", "b"))
      << "stopped";
}

// As Python writes it: each tuple is remembered, and so is what repeats, here the text "type".
std::string LongList(int count, const std::string& end) {
  std::string text = "\x80\x04]\x94(";
  for (int i = 0; i < count; ++i) {
    const std::string id = std::to_string(i);
    text += "\x8C" + std::string(1, static_cast<char>(id.size())) + id + "\x94";
    text += i == 0 ? "\x8C\x04type\x94" : "h\x02";
    text += "\x86\x94";
    if (i % 100 == 99) text += "e(";
  }
  return text + end;
}

TEST(PickledList, KeepsFewValuesOfALongOne) {
  size_t values = 0;
  const std::vector<std::string> items = Items(LongList(100000, "e."), SIZE_MAX, &values);
  ASSERT_EQ(items.size(), 100000u);
  EXPECT_EQ(items[99999], "99999");
  EXPECT_LT(values, 50000u);
}

TEST(PickledList, SaysWhenWhatWasForgottenComesAgain) {
  const std::string again = LongList(100000,
                                     "h\x05"
                                     "e.");  // the second tuple
  EXPECT_GT(Read(again).values.size(), 100000u) << "a whole reading keeps it";
  try {
    Items(again);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr("came long before"));
  }
}

TEST(PickledList, RefusesWhatIsNoList) {
  EXPECT_THROW(Items("N."s), Error);
  EXPECT_THROW(Items("}(NNu."s), Error);
  EXPECT_THROW(Items("](U\x01"
                     "ae"s),
               Error)
      << "no end";
}

}  // namespace
}  // namespace dpr
