// The header of a .npy file: "\x93NUMPY", two bytes of version, its length (2 bytes in version 1.0,
// 4 in 2.0 and 3.0, little-endian), then a Python dict in text, such as
//   {'descr': '<f4', 'fortran_order': False, 'shape': (1000, 384), }
// padded with spaces and ended by a newline; the array's bytes follow.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dpr {

struct NpyHeader {
  int64_t rows = 0;
  int64_t columns = 0;
  size_t data_offset = 0;  // a multiple of 4
};

// Reads the header of `file`, all of its bytes, and checks that the array is a float32 matrix in C
// order whose rows * columns elements are exactly what follows. Evaluates nothing: the dict's
// grammar is parsed, any other text refused. Safe on hostile bytes. Errors name `where`.
NpyHeader ParseNpyHeader(std::string_view file, const std::string& where);

// Always kNpyHeaderBytes long, as numpy.save makes it (version 1.0).
inline constexpr size_t kNpyHeaderBytes = 128;
std::string MakeNpyHeader(int64_t rows, int64_t columns);

}  // namespace dpr
