# In a wheel: the extension, the program, and the library that its queries load, beside each other.
# The program looks for libduckdb.so in its own directory first.
install(TARGETS daybook_python LIBRARY DESTINATION daybook)
install(PROGRAMS $<TARGET_FILE:daybook> DESTINATION daybook/bin)
install(FILES ${DAYBOOK_DUCKDB_LIBRARY} DESTINATION daybook/bin)
