// Rows of the index on their way to the output.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/output.h"
#include "duck/rows.h"

namespace daybook::cli {

// A column for each of `rows`; `unit_of` says what the numbers of a name measure.
std::vector<Column> columns_of(const duck::Rows& rows,
                               const std::function<Unit(const std::string& name)>& unit_of = {});

// The value in `column` of the row that `rows` stands on, with its type: whole numbers, numbers,
// booleans, text; JSON, lists, maps and structs as JSON.
Cell cell_of(const duck::Rows& rows, std::size_t column);

// Writes all that is left of `rows`; stops early when the output has gone, or on an interrupt.
Status write_rows(duck::Rows& rows, RowWriter& writer, const StandardOutput& out);

}  // namespace daybook::cli
