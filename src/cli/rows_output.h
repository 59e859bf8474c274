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

// The value to print in `column` of the row that the rows stand on.
using CellOf = std::function<Cell(const duck::Rows& rows, std::size_t column)>;

// Writes all that is left of `rows`, and how many that were; fewer when the output has gone.
// kCancelled: an interrupt.
Result<std::size_t> write_rows(duck::Rows& rows, RowWriter& writer, const StandardOutput& out,
                               const CellOf& cell = &cell_of);

}  // namespace daybook::cli
