#include "dpr/data/numbered_passages.h"

#include <gtest/gtest.h>

#include "dpr/base/threads.h"

namespace dpr {
namespace {

Passage Of(const std::string& id, const std::string& title, const std::string& text,
           const std::string& metadata = "") {
  return {id, title, text, metadata};
}

TEST(NumberedPassages, GivesBackWhatWasAddedByNumber) {
  NumberedPassages store;
  std::vector<Passage> all;
  for (int i = 0; i < 3000; ++i) {
    const std::string number = std::to_string(i);
    all.push_back(Of(number, i % 3 == 0 ? "" : "t" + number,
                     i % 7 == 0 ? "" : std::string(static_cast<size_t>(i), 'x') + number));
    store.Add(all.back());
  }
  store.Finish();
  ASSERT_EQ(store.size(), 3000);
  ParallelFor(3000, 16, [&](int64_t i) {
    const int64_t index = i * 1009 % 3000;
    const Passage read = store.Read(index);
    EXPECT_EQ(read.title, all[static_cast<size_t>(index)].title);
    EXPECT_EQ(read.text, all[static_cast<size_t>(index)].text);
  });
}

TEST(NumberedPassages, NeighboursOfOneTitleOrPageAreAnArticle) {
  NumberedPassages store;
  store.Add(Of("1", "A", "a"));
  store.Add(Of("2", "A", "b"));
  store.Add(Of("3", "B", "c"));
  store.Add(Of("4", "A", "d"));  // the title again, but elsewhere
  store.Add(Of("x.txt#1", "", "e", R"({"page":"x.txt","passage":1})"));
  store.Add(Of("x.txt#2", "", "f", R"({"page":"x.txt","passage":2})"));
  store.Add(Of("7", "", "g"));
  store.Add(Of("8", "", "h"));
  store.Finish();
  std::vector<int64_t> articles;
  for (int64_t i = 0; i < store.size(); ++i) articles.push_back(store.article(i));
  EXPECT_EQ(articles, (std::vector<int64_t>{0, 0, 1, 2, 3, 3, 4, 5}));
  EXPECT_EQ(store.articles(), 6);
}

TEST(NumberedPassages, TellsContentsApart) {
  const auto hash = [](const std::vector<Passage>& passages) {
    NumberedPassages store;
    for (const Passage& passage : passages) store.Add(passage);
    store.Finish();
    return store.content_hash();
  };
  const std::string one = hash({Of("1", "A", "ab"), Of("2", "A", "c")});
  EXPECT_EQ(one, hash({Of("9", "A", "ab"), Of("7", "A", "c")}));  // ids are not kept
  EXPECT_NE(one, hash({Of("1", "A", "a"), Of("2", "A", "bc")}));
  EXPECT_NE(one, hash({Of("1", "A", "ab"), Of("2", "B", "c")}));
}

}  // namespace
}  // namespace dpr
