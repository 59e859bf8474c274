# daybook_pcre2: PCRE2 for texts of bytes, static, so that packages have nothing more to carry.
if(NOT TARGET daybook_pcre2)
  find_path(DAYBOOK_PCRE2_HEADERS pcre2.h REQUIRED)
  find_library(DAYBOOK_PCRE2_LIBRARY NAMES libpcre2-8.a REQUIRED)
  add_library(daybook_pcre2 STATIC IMPORTED GLOBAL)
  set_target_properties(daybook_pcre2 PROPERTIES
    IMPORTED_LOCATION ${DAYBOOK_PCRE2_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${DAYBOOK_PCRE2_HEADERS})
endif()
