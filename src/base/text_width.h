// How wide text is on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace daybook {

// The columns that `text`, UTF-8, takes: combining marks take none, East Asian wide characters and
// emoji two.  A byte that is not UTF-8 takes one.
std::size_t text_width(std::string_view text);

// `text` cut to at most `columns` columns, its last one "…" if anything was cut.
std::string cut_to_width(std::string_view text, std::size_t columns);

// `text` fit for one line of a table: control characters (a terminal would obey them) and bytes
// that are not UTF-8 as \n, \t, \xNN.
std::string one_line(std::string_view text);

}  // namespace daybook
