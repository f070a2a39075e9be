// What `dpr --version` says: version, licence of this build, CPU and what it offers.
#pragma once

#include <string>

namespace dpr::cli {

std::string VersionText();

}  // namespace dpr::cli
