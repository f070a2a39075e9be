#include "dpr/cli/version.h"

#include <fmt/format.h>

#include "dpr/base/cpu.h"

namespace dpr::cli {

std::string VersionText() {
  const CpuFeatures& cpu = Cpu();
  std::string features = CpuLevelName(cpu.level);
  if (cpu.avx512_vnni || cpu.avx_vnni) features += " vnni";
  if (cpu.avx512_bf16) features += " bf16";
  if (cpu.amx_int8) features += " amx";
  return fmt::format("dpr {}\nlicence: Apache-2.0\ncpu: {} ({})", DPR_VERSION, cpu.model, features);
}

}  // namespace dpr::cli
