#include "dpr/cli/version.h"

#include <fmt/format.h>

#include "dpr/base/cpu.h"
#include "dpr/lexical/lexical_builder.h"

namespace dpr::cli {

std::string VersionText() {
  const CpuFeatures& cpu = Cpu();
  std::string features = CpuLevelName(cpu.level);
  if (cpu.avx512_vnni || cpu.avx_vnni) features += " vnni";
  if (cpu.avx512_bf16) features += " bf16";
  if (cpu.amx_int8) features += " amx";
  const char* const licence =
      HasLexical() ? "Apache-2.0; with Xapian (BM25) in it, this build as a whole: GPL-3.0"
                   : "Apache-2.0 (built without BM25)";
  return fmt::format("dpr {}\nlicence: {}\ncpu: {} ({})", DPR_VERSION, licence, cpu.model,
                     features);
}

}  // namespace dpr::cli
