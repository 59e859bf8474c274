# libdaybook.a and the program of a build directory, as if they were built here.
load_cache(${DAYBOOK_PREBUILT} READ_WITH_PREFIX "" DAYBOOK_DUCKDB_LIBRARY)

add_library(daybook_static STATIC IMPORTED)
set_target_properties(daybook_static PROPERTIES
  IMPORTED_LOCATION ${DAYBOOK_PREBUILT}/src/capi/libdaybook.a
  INTERFACE_INCLUDE_DIRECTORIES ${repository}include)
add_executable(daybook IMPORTED)
set_target_properties(daybook PROPERTIES IMPORTED_LOCATION ${DAYBOOK_PREBUILT}/daybook)
add_library(daybook_http MODULE IMPORTED)
set_target_properties(daybook_http PROPERTIES
  IMPORTED_LOCATION ${DAYBOOK_PREBUILT}/libdaybook_http.so)
