// What dpr's BM25 is measured beside: Xapian used the plain way, as its manual shows it. A term
// generator and a query parser with the English stemmer and Lucene's stop words, no positions, the
// built-in BM25Weight, one thread.
//
// plain_xapian index PASSAGES.tsv DATABASE      (columns id, text, title; no quotes inside fields)
// plain_xapian search DATABASE QUESTIONS K RUN  (a question a line; a TREC run is written)
#include <xapian.h>

#include <fstream>
#include <iostream>
#include <string>

namespace {

constexpr const char* kStopWords[] = {
    "a",   "an",    "and",  "are",   "as",    "at",   "be",   "but", "by",  "for",  "if",
    "in",  "into",  "is",   "it",    "no",    "not",  "of",   "on",  "or",  "such", "that",
    "the", "their", "then", "there", "these", "they", "this", "to",  "was", "will", "with"};

// A field of a TSV line, which Python's csv module may have quoted.
std::string Field(std::string& rest) {
  const bool quoted = !rest.empty() && rest[0] == '"';
  std::string field;
  size_t at = quoted ? 1 : 0;
  for (; at < rest.size(); ++at) {
    if (quoted && rest[at] == '"') {
      if (at + 1 >= rest.size() || rest[at + 1] != '"') break;
      ++at;
    } else if (!quoted && rest[at] == '\t') {
      break;
    }
    field += rest[at];
  }
  if (quoted) ++at;
  rest.erase(0, at + 1);
  return field;
}

int Index(const char* passages, const char* path, const Xapian::Stopper& stopper) {
  Xapian::WritableDatabase database(path, Xapian::DB_CREATE_OR_OVERWRITE);
  Xapian::TermGenerator generator;
  generator.set_stemmer(Xapian::Stem("english"));
  generator.set_stemming_strategy(Xapian::TermGenerator::STEM_ALL);
  generator.set_stopper(&stopper);
  generator.set_stopper_strategy(Xapian::TermGenerator::STOP_ALL);
  std::ifstream in(passages);
  std::string line;
  std::getline(in, line);  // the header
  while (std::getline(in, line)) {
    const std::string id = Field(line), text = Field(line), title = Field(line);
    Xapian::Document document;
    document.set_data(id);
    generator.set_document(document);
    generator.index_text_without_positions(title);
    generator.index_text_without_positions(text);
    database.add_document(document);
  }
  database.commit();
  return 0;
}

int Search(const char* path, const char* questions, unsigned k, const char* run,
           const Xapian::Stopper& stopper) {
  const Xapian::Database database(path);
  Xapian::QueryParser parser;
  parser.set_stemmer(Xapian::Stem("english"));
  parser.set_stemming_strategy(Xapian::QueryParser::STEM_ALL);
  parser.set_stopper(&stopper);
  std::ifstream in(questions);
  std::ofstream out(run);
  std::string question;
  for (int number = 1; std::getline(in, question); ++number) {
    Xapian::Enquire enquire(database);
    enquire.set_query(parser.parse_query(question, 0));
    enquire.set_weighting_scheme(Xapian::BM25Weight(0.9, 0, 1, 0.4, 0));
    const Xapian::MSet found = enquire.get_mset(0, k);
    for (auto hit = found.begin(); hit != found.end(); ++hit) {
      out << number << " Q0 " << hit.get_document().get_data() << " " << hit.get_rank() + 1 << " "
          << hit.get_weight() << " plain\n";
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  const Xapian::SimpleStopper stopper(std::begin(kStopWords), std::end(kStopWords));
  try {
    if (command == "index" && argc == 4) return Index(argv[2], argv[3], stopper);
    if (command == "search" && argc == 6) {
      return Search(argv[2], argv[3], static_cast<unsigned>(std::stoul(argv[4])), argv[5], stopper);
    }
  } catch (const Xapian::Error& error) {
    std::cerr << error.get_description() << "\n";
    return 1;
  }
  std::cerr << "usage: plain_xapian index PASSAGES DATABASE | search DATABASE QUESTIONS K RUN\n";
  return 2;
}
