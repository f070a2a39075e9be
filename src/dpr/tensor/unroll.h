// DPR_UNROLL before a loop with a constant number of turns lets the compiler keep an array of
// vectors in registers.
#pragma once

#ifdef __clang__
#define DPR_UNROLL _Pragma("clang loop unroll(full)")
#else
#define DPR_UNROLL _Pragma("GCC unroll 32")
#endif
