# dpr_module(NAME [DEPENDS module...] [LINK library...] [TEST_LINK library...] [EXCLUDE file...] [ONLY file...])
#
# One folder, one target: every .cc of the folder is compiled, so that no file can be forgotten, but
# for those that a build option leaves out.
#   foo.cc        -> library dpr_NAME
#   foo_test.cc   -> executable dpr_NAME_test, its tests registered with ctest
#   foo_fuzz.cc   -> executable foo_fuzz: libFuzzer with DPR_FUZZ, else a replay of fuzz/corpus/foo as a test
#   foo_bench.cc  -> executable dpr_NAME_bench (with DPR_BENCHMARKS)
# Tests whose suite name starts with "Extended" carry the label `extended`.
find_package(GTest REQUIRED)
include(GoogleTest)

function(dpr_module name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LINK;TEST_LINK;EXCLUDE;ONLY" ${ARGN})
  file(GLOB all CONFIGURE_DEPENDS *.cc)
  foreach(file IN LISTS arg_EXCLUDE)
    list(REMOVE_ITEM all ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  endforeach()
  if(arg_ONLY)
    list(TRANSFORM arg_ONLY PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE all)
  endif()
  set(sources ${all})
  list(FILTER sources EXCLUDE REGEX "(_(test|fuzz|bench)|/main)\\.cc$")
  list(TRANSFORM arg_DEPENDS PREPEND dpr_ OUTPUT_VARIABLE depends)

  add_library(dpr_${name} STATIC ${sources})
  target_link_libraries(dpr_${name} PUBLIC dpr_options ${depends} PRIVATE ${arg_LINK})
  set_property(GLOBAL APPEND PROPERTY DPR_LIBRARIES dpr_${name})
  set_property(GLOBAL APPEND PROPERTY DPR_LIBRARIES_LINK ${arg_LINK})

  set(tests ${all})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(DPR_TESTS AND tests)
    add_executable(dpr_${name}_test ${tests})
    target_link_libraries(dpr_${name}_test PRIVATE dpr_${name} ${arg_LINK} ${arg_TEST_LINK}
      GTest::gmock GTest::gtest_main)
    target_compile_definitions(dpr_${name}_test PRIVATE
      DPR_SOURCE_DIR="${PROJECT_SOURCE_DIR}" DPR_TESTDATA="${PROJECT_SOURCE_DIR}/testdata")
    gtest_discover_tests(dpr_${name}_test TEST_FILTER "-Extended*" TEST_PREFIX "${name}."
      PROPERTIES TIMEOUT 300 DISCOVERY_TIMEOUT 60)
    gtest_discover_tests(dpr_${name}_test TEST_FILTER "Extended*" TEST_PREFIX "${name}."
      TEST_LIST dpr_${name}_extended PROPERTIES LABELS extended TIMEOUT 1800 DISCOVERY_TIMEOUT 60)
  endif()

  set(fuzzers ${all})
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cc$")
  foreach(file IN LISTS fuzzers)
    get_filename_component(target ${file} NAME_WE)
    string(REGEX REPLACE "_fuzz$" "" reader ${target})
    if(DPR_FUZZ)
      add_executable(${target} ${file})
      target_link_options(${target} PRIVATE -fsanitize=fuzzer)
      target_link_libraries(${target} PRIVATE dpr_${name})
    elseif(DPR_TESTS)
      add_executable(${target} ${file} ${PROJECT_SOURCE_DIR}/fuzz/replay_main.cc)
      target_link_libraries(${target} PRIVATE dpr_${name})
      add_test(NAME fuzz.${reader} COMMAND ${target} ${PROJECT_SOURCE_DIR}/fuzz/corpus/${reader})
    endif()
  endforeach()

  set(benches ${all})
  list(FILTER benches INCLUDE REGEX "_bench\\.cc$")
  if(DPR_BENCHMARKS AND benches)
    find_package(benchmark REQUIRED)
    add_executable(dpr_${name}_bench ${benches})
    target_link_libraries(dpr_${name}_bench PRIVATE dpr_${name} ${arg_LINK} benchmark::benchmark_main)
  endif()
endfunction()
