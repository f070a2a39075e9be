// What the tests of collections share: a cheap encoder, sources, a look at all that a collection
// holds.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "dpr/base/checksum.h"
#include "dpr/base/random.h"
#include "dpr/base/test_environment.h"
#include "dpr/collection/collection.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/collection/test_hash_encoder.h"

namespace dpr::testing {

// "prefix0" to "prefix<count - 1>" as JSON lines; `version` changes the texts, not the ids.
inline std::string JsonLines(const std::string& prefix, int count,
                             const std::string& version = "") {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    const std::string id = prefix + std::to_string(i);
    lines += R"({"id":")" + id + R"(","title":"Title )" + id + R"(","text":"text of )" + id +
             version + R"(","year":)" + std::to_string(1900 + i) + "}\n";
  }
  return lines;
}

struct Held {
  std::string title, text, metadata, source;
  std::vector<float> vector;
  bool operator==(const Held&) const = default;
};

// All live passages by id, with their vectors; also holds that FindRow and Get agree with ForEach.
inline std::map<std::string, Held> Contents(const Collection& collection) {
  std::map<std::string, Held> contents;
  const SearchSpace space = collection.search_space();
  const auto vector_of = [&](int64_t row) {
    for (const VectorBlock& searched : space.blocks) {
      const ConstFloatView& block = searched.vectors;
      if (row < block.rows) {
        const auto span = block.row_span(row);
        return std::vector<float>(span.begin(), span.end());
      }
      row -= block.rows;
    }
    return std::vector<float>();
  };
  collection.ForEach([&](const StoredPassage& stored) {
    const Passage& passage = stored.passage;
    EXPECT_EQ(collection.FindRow(passage.id), stored.row) << passage.id;
    const StoredPassage again = collection.Get(std::vector<int64_t>{stored.row}).at(0);
    EXPECT_EQ(again.passage.id, passage.id);
    EXPECT_EQ(again.passage.text, passage.text);
    EXPECT_EQ(again.source, stored.source);
    const bool fresh = contents
                           .emplace(passage.id, Held{passage.title, passage.text, passage.metadata,
                                                     stored.source, vector_of(stored.row)})
                           .second;
    EXPECT_TRUE(fresh) << passage.id << " is there twice";
  });
  EXPECT_EQ(static_cast<int64_t>(contents.size()), collection.passages());
  return contents;
}

inline std::map<std::string, Held> Contents(const Path& folder) {
  return Contents(Collection::Open(folder));
}

inline std::string FingerprintOf(const Path& folder) {
  NoProgress progress;
  return Collection::Open(folder).Fingerprint(progress);
}

inline IndexReport Index(const Path& folder, const std::vector<Path>& sources,
                         const IndexOptions& options = {},
                         const PassageEncoder& encoder = HashEncoder()) {
  NoProgress progress;
  return IndexPassages(folder, ListSources(sources), &encoder, options, progress);
}

inline IndexOptions SmallSegments(int64_t passages) {
  IndexOptions options;
  options.segment_passages = passages;
  return options;
}

}  // namespace dpr::testing
