// Searching your own passages with the library: index a file, ask a question, print what was found.
// Usage: search MODEL PASSAGES COLLECTION QUESTION
//   MODEL       a folder with an encoder, e.g. .work/model
//   PASSAGES    passages in any format that `dpr index` reads
//   COLLECTION  the folder to make, or to append to
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include "dpr/base/error.h"
#include "dpr/base/progress.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/data/passage_source.h"
#include "dpr/encoder/retriever.h"
#include "dpr/retrieval/searcher.h"

namespace {

void IndexFile(const std::string& model, const std::string& passages,
               const std::string& collection) {
  dpr::NoProgress silent;
  const dpr::IndexReport report =
      dpr::IndexPassages(collection, dpr::ListSources({passages}), dpr::Retriever::Open(model),
                         dpr::IndexOptions(), silent);
  std::cout << "passages added: " << report.added << "\n";
}

void Ask(const std::string& collection, const std::string& question) {
  const dpr::Searcher searcher = dpr::Searcher::Open(collection);
  const std::vector<dpr::Hit> hits = searcher.Search(std::span(&question, 1), 3).front();
  for (const dpr::Hit& hit : hits) {
    const dpr::StoredPassage found = searcher.collection().Get({&hit.row, 1}).front();
    std::cout << hit.score << "  " << found.passage.title << ": " << found.passage.text << "\n";
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: search MODEL PASSAGES COLLECTION QUESTION\n";
    return 2;
  }
  try {
    IndexFile(argv[1], argv[2], argv[3]);
    Ask(argv[3], argv[4]);
    return 0;
  } catch (const dpr::Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
