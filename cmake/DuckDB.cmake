# Where duckdb.h and libduckdb.so come from: the npm packages that tools/bootstrap installs under
# tools/deps/, or -DDAYBOOK_DUCKDB_ROOT=DIR with DIR/include/duckdb.h and DIR/lib/libduckdb.so.
#
# Nothing links the library: src/duck loads it at first use, so that appending works without it.

set(DAYBOOK_DUCKDB_ROOT "" CACHE PATH "A DuckDB installation to use in place of tools/deps")

set(npm ${PROJECT_SOURCE_DIR}/tools/deps/node_modules)
find_path(DAYBOOK_DUCKDB_INCLUDE_DIR duckdb.h NO_DEFAULT_PATH
  HINTS ${DAYBOOK_DUCKDB_ROOT}/include ${npm}/duckdb/src/duckdb/src/include)
find_file(DAYBOOK_DUCKDB_LIBRARY libduckdb.so NO_DEFAULT_PATH
  HINTS ${DAYBOOK_DUCKDB_ROOT}/lib ${npm}/@duckdb/node-bindings-linux-x64)
if(NOT DAYBOOK_DUCKDB_INCLUDE_DIR OR NOT DAYBOOK_DUCKDB_LIBRARY)
  message(FATAL_ERROR
    "DuckDB was not found: run tools/bootstrap, or pass -DDAYBOOK_DUCKDB_ROOT=DIR.")
endif()
