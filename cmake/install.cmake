# What `cmake --install` gives: the program, one shared library of all modules but cli, its public
# headers, and a package so that find_package(dpr) gives dpr::dpr. The program holds its modules
# itself and does not need the library.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The modules' own objects; third-party libraries stay private, since no public header shows them.
get_property(modules GLOBAL PROPERTY DPR_LIBRARIES)
get_property(linked GLOBAL PROPERTY DPR_LIBRARIES_LINK)
list(REMOVE_ITEM modules dpr_cli)
list(REMOVE_DUPLICATES linked)
add_library(dpr_shared SHARED)
add_library(dpr::dpr ALIAS dpr_shared)
foreach(module IN LISTS modules)
  target_sources(dpr_shared PRIVATE $<TARGET_OBJECTS:${module}>)
endforeach()
target_link_libraries(dpr_shared PRIVATE dpr_options ${linked})
target_compile_features(dpr_shared INTERFACE cxx_std_20)
set_target_properties(dpr_shared PROPERTIES
  OUTPUT_NAME dpr EXPORT_NAME dpr LINKER_LANGUAGE CXX LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})

include(cmake/public_headers.cmake)
list(TRANSFORM DPR_PUBLIC_HEADERS PREPEND ${PROJECT_SOURCE_DIR}/src/dpr/)
foreach(header IN LISTS DPR_PUBLIC_HEADERS)
  if(NOT EXISTS ${header})
    list(REMOVE_ITEM DPR_PUBLIC_HEADERS ${header})
  endif()
endforeach()
target_sources(dpr_shared PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${DPR_PUBLIC_HEADERS})
# Target all_verify_interface_header_sets compiles each public header alone (`./dev check headers`).
set_target_properties(dpr_shared PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)

if(TARGET dpr_program)
  install(TARGETS dpr_program)
endif()
install(TARGETS dpr_shared EXPORT dprTargets FILE_SET HEADERS)
install(EXPORT dprTargets NAMESPACE dpr:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/dpr)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/dprConfig.cmake.in ${PROJECT_BINARY_DIR}/dprConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/dpr)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/dprConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/dprConfig.cmake ${PROJECT_BINARY_DIR}/dprConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/dpr)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/THIRD_PARTY.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
