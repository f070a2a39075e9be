# Compiler options shared by every target: warnings, sanitizers, the x86-64 baseline.
# -Wno-restrict: GCC 12 warns of std::string's own operator+ at -O3 (GCC bug 105651).
# Nothing here names an instruction set: kernels that use one are compiled per target and chosen
# at run time (docs/design/cpu-dispatch.md).
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(Threads REQUIRED)

add_library(dpr_options INTERFACE)
target_include_directories(dpr_options INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_BINARY_DIR}/generated)
target_compile_options(dpr_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -ffp-contract=off
  -fno-semantic-interposition)  # libdpr's own calls may be inlined although its symbols are visible
if(DPR_WERROR)
  target_compile_options(dpr_options INTERFACE -Werror)
endif()
if(DPR_SANITIZE)
  target_compile_options(dpr_options INTERFACE -fsanitize=${DPR_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(dpr_options INTERFACE -fsanitize=${DPR_SANITIZE})
endif()
if(DPR_FUZZ)
  target_compile_options(dpr_options INTERFACE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  target_link_options(dpr_options INTERFACE -fsanitize=address,undefined)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  target_compile_options(dpr_options INTERFACE -Wno-restrict)
  if(DPR_SANITIZE)
    # Instrumented, the standard library's own headers look uninitialised to GCC (bug 105562).
    target_compile_options(dpr_options INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
