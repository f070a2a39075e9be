// The first byte chooses the format, found by content included; the rest is a file of questions.
#include <cstdint>

#include "dpr/base/error.h"
#include "dpr/data/question_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto format = static_cast<dpr::QuestionFormat>(data[0] % 4);
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  try {
    const auto reader = dpr::OpenQuestions(dpr::StreamOf(bytes, "fuzz"), format);
    for (dpr::Question question; reader->Next(question);) {
      if (question.id.empty() || question.text.empty()) __builtin_trap();
    }
  } catch (const dpr::Error&) {
  }
  return 0;
}
