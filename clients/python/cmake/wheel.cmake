# In a wheel, below daybook/: the extension; bin/, the program and the library that its queries
# load, which it looks for beside itself; lib/, what both are linked to and not every machine has;
# share/, the program's named queries and spaces.
set_target_properties(daybook_python PROPERTIES INSTALL_RPATH "$ORIGIN/lib")
install(TARGETS daybook_python LIBRARY DESTINATION daybook COMPONENT python)
install(PROGRAMS $<TARGET_FILE:daybook> DESTINATION daybook/bin COMPONENT python)
install(FILES ${DAYBOOK_DUCKDB_LIBRARY} DESTINATION daybook/bin COMPONENT python)
install(DIRECTORY ${repository}share/daybook DESTINATION daybook/share COMPONENT python)

# Under the name that the loader asks for: a wheel has no links.
foreach(library fmt::fmt simdjson::simdjson)
  get_target_property(configurations ${library} IMPORTED_CONFIGURATIONS)
  list(GET configurations 0 configuration)
  get_target_property(location ${library} IMPORTED_LOCATION_${configuration})
  get_target_property(soname ${library} IMPORTED_SONAME_${configuration})
  file(REAL_PATH ${location} file)
  install(FILES ${file} DESTINATION daybook/lib RENAME ${soname} COMPONENT python)
endforeach()
