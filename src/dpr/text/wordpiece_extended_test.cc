// The real vocabulary on real passages, id by id with the reference itself, which is asked while
// the test runs: DPR_PEERS_PYTHON names a Python that has transformers; DPR_PASSAGES how many
// passages.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "dpr/base/stream.h"
#include "dpr/base/test_environment.h"
#include "dpr/text/golden_rows.h"
#include "dpr/text/wordpiece.h"

namespace dpr {
namespace {

std::string Hash(const std::vector<int32_t>& ids) {
  testing::Fnv fnv;
  for (const int32_t id : ids) fnv.Add(static_cast<uint64_t>(id));
  return fmt::format("{:016x}", fnv.hash());
}

// What tools/goldens/wordpiece.py writes for the passage: its text alone, and with its title.
std::string HashesOfPassage(const WordPiece& tokenizer, std::string_view line) {
  const size_t text = line.find('\t') + 1;
  const size_t title = line.find('\t', text) + 1;
  std::vector<int32_t> alone, pair;
  tokenizer.Tokenize(line.substr(text, title - 1 - text), alone);
  tokenizer.EncodePair(line.substr(title), line.substr(text, title - 1 - text), 256, pair);
  return Hash(alone) + " " + Hash(pair);
}

TEST(ExtendedWordPiece, EqualsTheReferenceOnWikipedia) {
  const char* const python = std::getenv("DPR_PEERS_PYTHON");
  if (python == nullptr) GTEST_SKIP() << "DPR_PEERS_PYTHON is not set";
  const Path model = testing::RealModel();
  if (!std::filesystem::exists(model)) GTEST_SKIP() << "no model in " << model;
  const Path wiki = testing::SharedData() / "wiki";
  if (!std::filesystem::exists(wiki)) GTEST_SKIP() << "no passages in " << wiki;
  const int count = std::stoi(testing::FromEnvironment("DPR_PASSAGES", "100000").string());

  const testing::TemporaryFolder folder;
  const Path hashes = folder.path() / "hashes.txt";
  const std::string command =
      fmt::format("'{}' '{}/tools/goldens/wordpiece.py' --passages '{}' '{}' {} '{}'", python,
                  DPR_SOURCE_DIR, model.string(), wiki.string(), count, hashes.string());
  ASSERT_EQ(std::system(command.c_str()), 0) << command;

  const WordPiece tokenizer = WordPiece::FromFolder(model);
  LineReader expected(OpenStream(hashes));
  std::set<Path> files;
  for (const auto& file : std::filesystem::directory_iterator(wiki)) files.insert(file.path());
  int compared = 0;
  std::string_view line, hash;
  for (const Path& file : files) {
    LineReader passages(OpenStream(file));
    passages.Next(line);  // the header
    while (compared < count && passages.Next(line)) {
      ASSERT_TRUE(expected.Next(hash));
      ASSERT_EQ(HashesOfPassage(tokenizer, line), hash) << passages.where();
      ++compared;
    }
  }
  EXPECT_EQ(compared, count);
  EXPECT_FALSE(expected.Next(hash));
}

}  // namespace
}  // namespace dpr
