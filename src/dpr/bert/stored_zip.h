// Zip archives whose files are stored as they are, so that they can be read from a mapping;
// libarchive would copy them out (PKWARE's APPNOTE 6.3.10; zip64 included).
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

namespace dpr {

bool IsZip(std::span<const std::byte> file);

// Each file's bytes, by its name in the archive. kInvalid for a damaged archive, kUnsupported for
// compressed or encrypted files.
std::map<std::string, std::span<const std::byte>> ParseStoredZip(std::span<const std::byte> file,
                                                                 const std::string& where);

}  // namespace dpr
