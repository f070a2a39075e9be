// The file of a checkpoint from anywhere: its fields, settings and tensors, and the sizes that
// these show of both encoders.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "dpr/base/error.h"
#include "dpr/base/file.h"
#include "dpr/bert/dpr_checkpoint.h"

namespace {

dpr::Path MakeFile() {
  std::string name = (std::filesystem::temp_directory_path() / "dpr-fuzz-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  return dpr::Path(name) / "fuzz.cp";
}

template <typename Read>
void Try(Read read) {
  try {
    read();
  } catch (const dpr::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const dpr::Path file = MakeFile();
  dpr::File::Create(file).Write({reinterpret_cast<const char*>(data), size});
  Try([&] {
    const dpr::DprCheckpoint read = dpr::ReadTorchCheckpoint(file);
    for (const auto& [name, tensor] : read.tensors.tensors) {
      if (tensor.offset > size || tensor.bytes > size - tensor.offset) std::abort();
    }
    for (const char* prefix :
         {dpr::DprCheckpoint::kQuestionPrefix, dpr::DprCheckpoint::kPassagePrefix}) {
      Try([&] { dpr::ConfigFromTensors(read.tensors.Below(prefix), "fuzz"); });
    }
  });
  Try([&] { dpr::OpenDprCheckpoint(file); });
  return 0;
}
