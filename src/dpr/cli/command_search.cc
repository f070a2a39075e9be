// dpr search: questions on the command line, from a prompt or from a file.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <iostream>

#include "dpr/base/error.h"
#include "dpr/cli/command.h"
#include "dpr/cli/run_writer.h"
#include "dpr/cli/search_all.h"
#include "dpr/cli/search_options.h"
#include "dpr/cli/search_output.h"
#include "dpr/data/question_reader.h"
#include "dpr/retrieval/searcher.h"

namespace dpr::cli {
namespace {

constexpr const char* kFooter = R"(Examples:
  dpr search handbook.dpr "How do I upgrade the whole system?" "What is a mirror?"
  dpr search handbook.dpr                       # asks for questions
  dpr search handbook.dpr "apt pinning" --mode bm25
  dpr search handbook.dpr "apt pinning" --where 'page starts with "sect.apt" and passage < 5'
  dpr search wiki.dpr --questions nq-dev.qa.csv -k 100 -o nq-dev.trec)";

struct SearchCommand {
  std::string collection;
  std::vector<std::string> questions;
  int64_t k = 10;
  std::string questions_file;
  std::string out;
  SearchOptions search;
};

// Answers one question and prints what was found.
void Answer(const Searcher& searcher, const std::string& question, const SearchCommand& options,
            const Session& session) {
  const auto begin = std::chrono::steady_clock::now();
  EncodeCounts counts;
  const std::vector<Hit> hits = searcher.Search({&question, 1}, options.k, &counts)[0];
  const std::vector<FoundPassage> found = LookUp(searcher.collection(), hits);
  const std::chrono::duration<double, std::milli> elapsed =
      std::chrono::steady_clock::now() - begin;
  if (counts.truncated > 0 && !session.quiet) {
    std::fputs("the question is longer than the encoder reads: its end was left out\n", stderr);
  }
  if (session.json) {
    std::cout << SearchJson(question, found, elapsed.count()) << std::endl;
  } else {
    std::cout << SearchText(question, found, TerminalWidth()) << std::flush;
  }
}

// Asks for questions on a terminal; elsewhere reads one a line from standard input.
void AnswerFromStandardInput(const Searcher& searcher, const SearchCommand& options,
                             const Session& session) {
  const bool terminal = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
  std::string question;
  while (true) {
    if (terminal) std::fputs("question> ", stderr);
    if (!std::getline(std::cin, question)) break;
    if (question.find_first_not_of(" \t\r") == std::string::npos) continue;
    Answer(searcher, question, options, session);
  }
  if (terminal) std::fputs("\n", stderr);
}

void AnswerFile(const Searcher& searcher, const SearchCommand& options, const Session& session) {
  const auto writer = RunWriter::Create(options.out);
  const auto progress = session.MakeProgress();
  SearchAll(searcher, ReadQuestions(options.questions_file), options.k, *progress,
            [&](const Question& question, std::span<const FoundPassage> found,
                double milliseconds) { writer->Add(question, found, milliseconds); });
  writer->Finish();
}

void Search(const SearchCommand& options, const Session& session) {
  if (options.questions_file.empty() != options.out.empty()) {
    throw Error(ErrorCode::kUsage, "--questions and -o belong together", {},
                "Give both: --questions FILE -o RUN.trec");
  }
  if (!options.questions_file.empty() && !options.questions.empty()) {
    throw Error(ErrorCode::kUsage, "questions both as arguments and in a file",
                options.questions_file, "Give one of the two");
  }
  const Searcher searcher = options.search.Open(options.collection, session);
  if (!session.quiet && options.search.where.empty() &&
      options.k > searcher.collection().passages()) {
    std::fprintf(stderr, "the collection holds only %lld passages\n",
                 static_cast<long long>(searcher.collection().passages()));
  }
  if (!options.questions_file.empty()) return AnswerFile(searcher, options, session);
  for (const std::string& question : options.questions) {
    Answer(searcher, question, options, session);
  }
  if (options.questions.empty()) AnswerFromStandardInput(searcher, options, session);
}

}  // namespace

void AddSearchCommand(CLI::App& program, const Session& session) {
  auto options = std::make_shared<SearchCommand>();
  CLI::App* command = program.add_subcommand("search", "find the passages that answer questions");
  command->add_option("collection", options->collection, "the collection to search")->required();
  command->add_option("questions", options->questions,
                      "one question each; none: asks for them, or reads standard input");
  command->add_option("-k", options->k, "passages for each question (default: 10)");
  command->add_option("--questions", options->questions_file,
                      "file of questions: .qa.csv, BEIR queries.jsonl, or one a line");
  command->add_option("-o,--output", options->out,
                      "file for the results: .trec, .json (DPR's) or .jsonl");
  options->search.AddTo(*command);
  command->footer(kFooter);
  command->callback([options, &session] { Search(*options, session); });
}

}  // namespace dpr::cli
