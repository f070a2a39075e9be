// Delimited records equal Python's csv module on a golden of random quoting, and a quote that is
// never closed costs one record, not the file.
#include "dpr/data/delimited_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "dpr/base/test_environment.h"
#include "dpr/data/test_passages.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;
using Rows = std::vector<std::vector<std::string>>;

// Gives at most `step` bytes at a time.
class SlowStream : public ByteStream {
 public:
  SlowStream(std::string_view bytes, size_t step) : inner_(StreamOf(bytes, "file")), step_(step) {}
  size_t Read(std::span<char> into) override {
    return inner_->Read(into.first(std::min(step_, into.size())));
  }
  const std::string& name() const override { return inner_->name(); }

 private:
  std::unique_ptr<ByteStream> inner_;
  size_t step_;
};

Rows ReadRows(DelimitedReader& reader) {
  Rows rows;
  std::vector<std::string_view> fields;
  while (reader.Next(fields)) rows.emplace_back(fields.begin(), fields.end());
  return rows;
}

Rows ReadRows(std::string_view text, char delimiter = '\t') {
  DelimitedReader reader(StreamOf(text, "file"), delimiter);
  return ReadRows(reader);
}

// Reads on behind malformed records; their messages go to `errors`.
Rows ReadRowsSkipping(DelimitedReader& reader, std::vector<std::string>& errors) {
  Rows rows;
  std::vector<std::string_view> fields;
  while (true) {
    try {
      if (!reader.Next(fields)) return rows;
      rows.emplace_back(fields.begin(), fields.end());
    } catch (const BadRecord& error) {
      errors.push_back(error.where());
    }
  }
}

TEST(DelimitedReader, EqualsPythonsCsvModule) {
  std::ifstream goldens(testing::TestData() / "data" / "delimited.jsonl");
  int cases = 0;
  for (std::string line; std::getline(goldens, line); ++cases) {
    const auto golden = nlohmann::json::parse(line);
    const auto input = golden["input"].get<std::string>();
    const char delimiter = golden["delimiter"].get<std::string>()[0];
    for (const size_t step : {1u, 3u, 1000u}) {
      DelimitedReader reader(std::make_unique<SlowStream>(input, step), delimiter);
      EXPECT_EQ(ReadRows(reader), golden["rows"].get<Rows>()) << line;
    }
  }
  EXPECT_EQ(cases, 400);
}

TEST(DelimitedReader, ReadsQuotedFieldsWithDelimitersLineEndsAndQuotes) {
  EXPECT_THAT(ReadRows("1\t\"a \"\"b\"\" \tc\nd\"\tx\r\n2\te\t\"f\"", '\t'),
              ElementsAre(ElementsAre("1", "a \"b\" \tc\nd", "x"), ElementsAre("2", "e", "f")));
}

TEST(DelimitedReader, PassesOverEmptyLinesAndAByteOrderMark) {
  EXPECT_THAT(ReadRows("\xef\xbb\xbf"
                       "a,b\n\n\r\nc,d\n\n",
                       ','),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d")));
  EXPECT_THAT(ReadRows(""), ElementsAre());
  EXPECT_THAT(ReadRows("\n\n"), ElementsAre());
}

TEST(DelimitedReader, SaysWhereARecordBegins) {
  DelimitedReader reader(StreamOf("a\n\"b\nc\nd\"\n\ne", "x.tsv"), '\t');
  std::vector<std::string_view> fields;
  reader.Next(fields);
  EXPECT_EQ(reader.where(), "x.tsv, line 1");
  reader.Next(fields);
  EXPECT_EQ(reader.where(), "x.tsv, line 2");
  reader.Next(fields);
  EXPECT_EQ(reader.where(), "x.tsv, line 6");
}

TEST(DelimitedReader, AnUnclosedQuoteNamesItsLineAndLosesThatLineOnly) {
  DelimitedReader reader(StreamOf("1\ta\n2\t\"b\n3\tc\n4\td\n", "x.tsv"), '\t');
  std::vector<std::string> errors;
  EXPECT_THAT(ReadRowsSkipping(reader, errors),
              ElementsAre(ElementsAre("1", "a"), ElementsAre("3", "c"), ElementsAre("4", "d")));
  EXPECT_THAT(errors, ElementsAre("x.tsv, line 2"));
  EXPECT_EQ(reader.where(), "x.tsv, line 4");
}

TEST(DelimitedReader, AnUnclosedQuoteIsFoundAtTheGreatestLengthOfARecord) {
  std::string text = "1\ta\n2\t\"b\n";
  for (int i = 3; i < 100; ++i) text += std::to_string(i) + "\tx\n";
  DelimitedReader reader(StreamOf(text, "x.tsv"), '\t', 100);
  std::vector<std::string> errors;
  EXPECT_EQ(ReadRowsSkipping(reader, errors).size(), 98u);
  EXPECT_THAT(errors, ElementsAre("x.tsv, line 2"));
}

TEST(DelimitedReader, TwoUnclosedQuotesDoNotSwallowWhatIsBetweenThem) {
  // A lenient reader takes lines 2 to 4 for one field.
  DelimitedReader reader(StreamOf("1\ta\n2\t\"b\n3\tc\n4\t\"d\n5\te\n", "x.tsv"), '\t');
  std::vector<std::string> errors;
  EXPECT_THAT(ReadRowsSkipping(reader, errors),
              ElementsAre(ElementsAre("1", "a"), ElementsAre("3", "c"), ElementsAre("5", "e")));
  EXPECT_THAT(errors, ElementsAre("x.tsv, line 2", "x.tsv, line 4"));
}

TEST(DelimitedReader, AQuoteThatOpensOnALaterLineOfItsRecordIsNamedThere) {
  DelimitedReader reader(StreamOf("\"a\nb\"\t\"c\nd\te\n", "x.tsv"), '\t');
  std::vector<std::string> errors;
  EXPECT_THAT(ReadRowsSkipping(reader, errors), ElementsAre(ElementsAre("d", "e")));
  EXPECT_THAT(errors, ElementsAre("x.tsv, line 2"));
}

TEST(DelimitedReader, ManyUnclosedQuotesCostLinearTimeAndMemory) {
  std::string text;
  for (int i = 0; i < 200000; ++i) text += i % 2 == 0 ? "\"a\n" : "b\"c\n";
  DelimitedReader reader(StreamOf(text, "x.tsv"), '\t');
  std::vector<std::string> errors;
  EXPECT_EQ(ReadRowsSkipping(reader, errors).size(), 100000u);
  EXPECT_EQ(errors.size(), 100000u);
}

TEST(DelimitedReader, RefusesInvalidUtf8AndReadsOn) {
  DelimitedReader reader(StreamOf("a\n\"b\n\xe9\"\nc\n", "x.tsv"), '\t');
  std::vector<std::string> errors;
  EXPECT_THAT(ReadRowsSkipping(reader, errors), ElementsAre(ElementsAre("a"), ElementsAre("c")));
  EXPECT_THAT(errors, ElementsAre("x.tsv, line 2"));
}

TEST(DelimitedReader, KeepsNulBytes) {
  EXPECT_THAT(ReadRows(std::string_view("a\0b\tc\n", 6)),
              ElementsAre(ElementsAre(std::string("a\0b", 3), "c")));
}

TEST(DelimitedReader, RefusesALineOfTooManyFields) {
  const std::string text = "a\n" + std::string(FieldScanner::kMostFields, '\t') + "\nb\n";
  DelimitedReader reader(StreamOf(text, "x.tsv"), '\t');
  std::vector<std::string> errors;
  EXPECT_THAT(ReadRowsSkipping(reader, errors), ElementsAre(ElementsAre("a"), ElementsAre("b")));
  EXPECT_THAT(errors, ElementsAre("x.tsv, line 2"));
}

TEST(DelimitedReader, RefusesALongLineAndReadsOn) {
  const std::string text = "a\n" + std::string(1000, 'x') + "\nb\n";
  DelimitedReader reader(StreamOf(text, "x.tsv"), '\t', 100);
  std::vector<std::string> errors;
  EXPECT_THAT(ReadRowsSkipping(reader, errors), ElementsAre(ElementsAre("a"), ElementsAre("b")));
  EXPECT_THAT(errors, ElementsAre("x.tsv, line 2"));
}

}  // namespace
}  // namespace dpr
