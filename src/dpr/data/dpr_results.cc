#include "dpr/data/dpr_results.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace dpr {
namespace {

// As Python's json.dumps writes it: all but ASCII escaped.
std::string AsciiString(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

// As Python prints a float32: the shortest decimal that reads back, with a point or an exponent.
std::string ScoreText(float score) {
  std::string text = fmt::format("{}", score);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

std::string Indent(int levels) { return "\n" + std::string(static_cast<size_t>(4 * levels), ' '); }

void AppendContext(const DprContext& context, std::string& out) {
  const std::string inner = Indent(4);
  out += Indent(3) + "{";
  out += inner + "\"id\": " + AsciiString(context.id) + ",";
  out += inner + "\"title\": " + AsciiString(context.title) + ",";
  out += inner + "\"text\": " + AsciiString(context.text) + ",";
  out += inner + "\"score\": \"" + ScoreText(context.score) + "\",";
  out += inner + "\"has_answer\": " + (context.has_answer ? "true" : "false");
  out += Indent(3) + "}";
}

}  // namespace

DprResultsWriter::DprResultsWriter(const Path& path) : file_(path) {}

void DprResultsWriter::Add(const Question& question, std::span<const DprContext> contexts) {
  buffer_ = first_ ? "[" : ",";
  first_ = false;
  buffer_ += Indent(1) + "{" + Indent(2) + "\"question\": " + AsciiString(question.text) + ",";
  buffer_ += Indent(2) + "\"answers\": [";
  for (size_t i = 0; i < question.answers.size(); ++i) {
    buffer_ += (i == 0 ? "" : ",") + Indent(3) + AsciiString(question.answers[i]);
  }
  buffer_ += (question.answers.empty() ? "" : Indent(2)) + "],";
  buffer_ += Indent(2) + "\"ctxs\": [";
  for (size_t i = 0; i < contexts.size(); ++i) {
    if (i > 0) buffer_ += ',';
    AppendContext(contexts[i], buffer_);
  }
  buffer_ += (contexts.empty() ? "" : Indent(2)) + "]" + Indent(1) + "}";
  file_.file().Write(buffer_);
}

void DprResultsWriter::Finish() {
  file_.file().Write(first_ ? "[]\n" : "\n]\n");
  file_.Commit();
}

}  // namespace dpr
