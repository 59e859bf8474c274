# In a wheel, below daybook/: the extension; bin/, the program and the libraries that its queries
# and its daemon load, which it looks for beside itself; lib/, what all of them are linked to and
# not every machine has; share/, the program's named queries and spaces.
set_target_properties(daybook_python PROPERTIES INSTALL_RPATH "$ORIGIN/lib")
install(TARGETS daybook_python LIBRARY DESTINATION daybook COMPONENT python)
install(PROGRAMS $<TARGET_FILE:daybook> DESTINATION daybook/bin COMPONENT python)
install(FILES ${DAYBOOK_DUCKDB_LIBRARY} $<TARGET_FILE:daybook_http>
  DESTINATION daybook/bin COMPONENT python)
install(DIRECTORY ${repository}share/daybook DESTINATION daybook/share COMPONENT python)

# Under the name that the loader asks for: a wheel has no links.  OpenSSL, which its distribution
# mends, and what every Linux has are the machine's.
install(CODE [[
  file(GET_RUNTIME_DEPENDENCIES RESOLVED_DEPENDENCIES_VAR libraries
    EXECUTABLES $<TARGET_FILE:daybook>
    MODULES $<TARGET_FILE:daybook_python> $<TARGET_FILE:daybook_http>
    PRE_EXCLUDE_REGEXES "^ld-linux" "^lib(c|m|stdc\\+\\+|gcc_s|ssl|crypto|z)[.]so")
  foreach(library IN LISTS libraries)
    get_filename_component(name ${library} NAME)
    file(REAL_PATH ${library} real)
    file(INSTALL ${real} DESTINATION ${CMAKE_INSTALL_PREFIX}/daybook/lib RENAME ${name})
  endforeach()
]] COMPONENT python)
