# daybook_precompile(<target> <from>): each file of `target` begins with what `from`, one of the two
# below, has compiled beforehand: headers of the standard library and of fmt, and for tests
# GoogleTest's.  Reading these is most of a small file's compilation.
#
# Files include what they use all the same: `make tidy` compiles each of them without.
option(DAYBOOK_PRECOMPILE "Precompile headers of the libraries" ON)

if(DAYBOOK_PRECOMPILE)
  set(library_headers
    <algorithm> <array> <chrono> <functional> <map> <memory> <mutex> <optional> <span> <string>
    <string_view> <thread> <unordered_map> <utility> <variant> <vector>
    <fmt/format.h> <tl/expected.hpp>)
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/precompiled.cc CONTENT "")

  add_library(daybook_precompiled OBJECT ${PROJECT_BINARY_DIR}/precompiled.cc)
  target_link_libraries(daybook_precompiled PRIVATE fmt::fmt tl::expected daybook_flags)
  target_precompile_headers(daybook_precompiled PRIVATE ${library_headers})

  add_library(daybook_precompiled_tests OBJECT ${PROJECT_BINARY_DIR}/precompiled.cc)
  target_link_libraries(daybook_precompiled_tests PRIVATE
    fmt::fmt tl::expected GTest::gtest daybook_flags)
  # As an executable is compiled.
  set_target_properties(daybook_precompiled_tests PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(daybook_precompiled_tests PRIVATE -fPIE ${DAYBOOK_TEST_OPTIONS})
  target_precompile_headers(daybook_precompiled_tests PRIVATE ${library_headers} <gtest/gtest.h>)
endif()

function(daybook_precompile target from)
  if(DAYBOOK_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${from})
  endif()
endfunction()
