// Any bytes as a filter expression: an error of usage, or a filter that SQLite takes and that
// chooses among the rows there are.
#include "dpr/base/error.h"
#include "dpr/base/fuzz_file.h"
#include "dpr/collection/filter_expression.h"
#include "dpr/collection/passage_store.h"
#include "dpr/collection/passage_writer.h"

namespace {

constexpr const char* kMetadata[] = {
    "", R"({"a":1,"b":"x","tags":["x",2,null,[1]],"d":{"e":"f"},"in":true})",
    R"({"a":-0.5,"b":null,"source":"s","tags":"x","a.b":1e300,"":{"":0}})"};

dpr::PassageStore MakeStore(const dpr::Path& path) {
  {
    dpr::PassageWriter writer(path);
    writer.Begin();
    for (const char* metadata : kMetadata) {
      writer.Insert({std::string("p") + metadata, "Title", "text", metadata}, 0, "/s", 1);
    }
    writer.Commit();
  }
  return {path, std::size(kMetadata)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const dpr::fuzzing::InputFile file;
  static const dpr::PassageStore store = MakeStore(file.Write(nullptr, 0));
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  dpr::FilterExpression expression;
  try {
    expression = dpr::ParseFilter(text);
  } catch (const dpr::Error& error) {
    if (error.code() != dpr::ErrorCode::kUsage) __builtin_trap();
    return 0;
  }
  // Anything that is thrown from here on is a fault of ours.
  const size_t matching = store.Matching(dpr::CompileFilter(expression)).size();
  dpr::FilterExpression opposite{dpr::FilterExpression::Kind::kNot, {expression}, {}};
  const size_t others = store.Matching(dpr::CompileFilter(opposite)).size();
  if (matching + others != std::size(kMetadata)) __builtin_trap();
  return 0;
}
