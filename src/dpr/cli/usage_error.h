// What was wrong with a command line, as a sentence that names the culprit and what may have been
// meant.
#pragma once

#include "dpr/base/error.h"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace dpr::cli {

// kUsage. `program` is as parsing left it.
Error UsageError(const CLI::App& program, const CLI::ParseError& error);

}  // namespace dpr::cli
