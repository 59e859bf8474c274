// The two formats that need all rows before the first can be written: table and markdown.
#pragma once

#include <memory>
#include <vector>

#include "cli/output.h"

namespace daybook::cli {

// Columns two blanks apart under a header and a rule; cut to the terminal's width if there is one.
std::unique_ptr<RowWriter> make_table_rows(std::vector<Column> columns, const Style& style,
                                           StandardOutput& out);

// A table as GitHub and others render it.
std::unique_ptr<RowWriter> make_markdown_rows(std::vector<Column> columns, StandardOutput& out);

}  // namespace daybook::cli
