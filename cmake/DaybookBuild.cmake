# Compiler flags for all targets, and the libraries of the system that modules may link.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

set(DAYBOOK_SANITIZE "" CACHE STRING "Value for -fsanitize=, such as address,undefined or thread")
option(DAYBOOK_COVERAGE "Instrument for coverage (clang)" OFF)
# A test's own code runs once and is compiled often: optimising it costs more than it gives.
set(DAYBOOK_TEST_OPTIONS $<$<CONFIG:Debug>:-O0>)

add_library(daybook_flags INTERFACE)
target_compile_options(daybook_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Wcast-qual -Woverloaded-virtual -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # It sees overlapping copies inside std::string's own insert() and operator+ (GCC bug 105651).
  target_compile_options(daybook_flags INTERFACE -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  # DAYBOOK_CHECK(!"what went wrong") is meant.
  target_compile_options(daybook_flags INTERFACE -Wno-string-conversion)
  # The stable_sort() of libstdc++ 12 calls what libstdc++ 12 has deprecated.
  target_compile_options(daybook_flags INTERFACE -Wno-deprecated-declarations)
endif()
if(DAYBOOK_SANITIZE)
  add_compile_options(-fsanitize=${DAYBOOK_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # Instrumented code makes g++ see uninitialised values in the standard library that are not
    # there.
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
  add_link_options(-fsanitize=${DAYBOOK_SANITIZE})
endif()
if(DAYBOOK_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping -fcoverage-mcdc)
  add_link_options(-fprofile-instr-generate)
endif()

find_program(DAYBOOK_CCACHE ccache)
if(DAYBOOK_CCACHE)
  # What it must be told so that it takes files that begin with precompiled headers.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros ${DAYBOOK_CCACHE})
endif()
find_program(DAYBOOK_MOLD mold)
if(DAYBOOK_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)
# Static: SHA-256 and Ed25519 are all that is used of it, and loading the shared library takes a
# millisecond, a fifth of what `daybook emit` may take in all.
set(OPENSSL_USE_STATIC_LIBS TRUE)
find_package(OpenSSL 3 REQUIRED)
find_package(simdjson 3 REQUIRED)
# Else it depends on the optimisation of each file, and with it what a parser's members are.
set_property(TARGET simdjson::simdjson APPEND PROPERTY
  INTERFACE_COMPILE_DEFINITIONS SIMDJSON_DEVELOPMENT_CHECKS=0)
include(Pcre2)
find_package(nlohmann_json 3 REQUIRED)
find_package(tl-expected 1 REQUIRED)
find_package(CLI11 2 REQUIRED)
find_package(GTest 1.12 REQUIRED)
find_package(rapidcheck REQUIRED)
include(GoogleTest)
