// JSON files that a flipped bit cannot slip through: the last member is a checksum over every byte
// before it.
//
//   {
//     "format": "dpr collection",
//     "version": 1,
//     ...,
//     "checksum": "32 hexadecimal digits"
//   }
//
// The checksum is that of all bytes before ",\n  \"checksum\"", and the bytes behind it are fixed,
// so that no byte of the file is outside. The seal is the same in every version of every format.
#pragma once

#include <string>
#include <string_view>

#include "dpr/base/file.h"

namespace dpr {

// `object`: the text of a JSON object that ends in "\n}".
std::string SealJson(std::string_view object);

// The text without its seal: a JSON object again. kCorrupt, naming `where`, unless the seal holds;
// kUnsupported when "version", which must be the second line, says another than `version`.
std::string OpenSealedJson(std::string_view text, const std::string& format, int version,
                           const std::string& where);
std::string ReadSealedJson(const Path& path, const std::string& format, int version);

}  // namespace dpr
