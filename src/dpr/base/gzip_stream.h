// Decompressing gzip (RFC 1952) with zlib, which checks each member's CRC and length; libarchive's
// filter does not, and a damaged file would be read as text.
#pragma once

#include <memory>

#include "dpr/base/stream.h"

namespace dpr {

// Whether a file begins as a gzip member does.
bool IsGzip(std::string_view beginning);

// The text of all members, one after another. Damage, an early end, and bytes after the last member
// that are no member are kInvalid.
std::unique_ptr<ByteStream> GunzipStream(std::unique_ptr<ByteStream> compressed);

}  // namespace dpr
