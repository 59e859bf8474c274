# daybook_module(<name> DEPS <modules> [LIBS <libraries>] [TEST_LIBS <libraries>])
#
# One module: every src/<name>/*.cc that is not a test becomes the static library daybook_<name>,
# and every *_test.cc goes into the program daybook_<name>_test.  DEPS is the only list of the
# modules that this one may include: CMake links it, and `make tidy` checks every #include against
# it.
#
# Without the module `legacy` (DAYBOOK_LEGACY=OFF) nothing is linked with it, and files that are
# about it are left out: those whose name begins with legacy_ or command_legacy.
function(daybook_module name)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS;TEST_LIBS" ${ARGN})

  file(GLOB sources CONFIGURE_DEPENDS *.cc generated/*.cc)
  if(NOT DAYBOOK_LEGACY)
    list(REMOVE_ITEM ARG_DEPS legacy)
    list(FILTER sources EXCLUDE REGEX "/(legacy_|command_legacy)[^/]*$")
  endif()
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  set(target daybook_${name})
  add_library(${target} STATIC ${sources})
  target_include_directories(${target} PUBLIC
    ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(${target} PUBLIC fmt::fmt tl::expected ${ARG_LIBS} PRIVATE daybook_flags)
  daybook_precompile(${target} daybook_precompiled)
  foreach(dep IN LISTS ARG_DEPS)
    target_link_libraries(${target} PUBLIC daybook_${dep})
  endforeach()

  if(tests)
    add_executable(${target}_test ${tests})
    target_include_directories(${target}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    target_link_libraries(${target}_test PRIVATE
      ${target} ${ARG_TEST_LIBS} GTest::gtest GTest::gtest_main daybook_flags)
    target_compile_options(${target}_test PRIVATE ${DAYBOOK_TEST_OPTIONS})
    daybook_precompile(${target}_test daybook_precompiled_tests)
    target_sources(${target}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/capture_off.cc)
    if(DAYBOOK_COVERAGE)
      target_sources(${target}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/coverage_exit.cc)
    endif()
    gtest_discover_tests(${target}_test
      TEST_PREFIX "${name}." DISCOVERY_MODE PRE_TEST PROPERTIES LABELS unit TIMEOUT 300)
  endif()
endfunction()
