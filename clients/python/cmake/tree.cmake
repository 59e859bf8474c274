# In the whole build: the package as tests import it, and the tests.
set(package ${CMAKE_CURRENT_BINARY_DIR}/daybook)
set_target_properties(daybook_python PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${package})

# Links, so that an edited .py file is what runs.
file(GLOB sources CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/src/daybook
  ${CMAKE_CURRENT_SOURCE_DIR}/src/daybook/*)
list(FILTER sources EXCLUDE REGEX "__pycache__")
file(MAKE_DIRECTORY ${package})
foreach(source IN LISTS sources)
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/src/daybook/${source} ${package}/${source} SYMBOLIC)
endforeach()

add_subdirectory(tests)
