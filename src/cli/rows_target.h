// Where the rows of a command go: standard output, or the file of --output.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/result.h"
#include "cli/context.h"
#include "cli/output_file.h"
#include "cli/rows_output.h"
#include "duck/rows.h"

namespace daybook::cli {

// kInvalidArgument: --output was given to a command that prints its SQL (--show-sql), which writes
// no rows.
Status refuse_output_of_sql(const Context& context);

class RowsTarget {
public:
    // Before the question is asked, so that a mistake is told at once: kInvalidArgument, --format
    // parquet without a file; kAlreadyExists and others of output_file.h.
    static Result<RowsTarget> open(Context& context);

    // Writes all that is left of `rows`, and the file appears.  How many rows that were; fewer if
    // standard output has gone.
    Result<std::size_t> write(duck::Rows& rows, std::vector<Column> columns,
                              const CellOf& cell = &cell_of);

    bool is_file() const { return file_.has_value(); }

private:
    RowsTarget(Context& context, std::optional<OutputFile> file);

    Context* context_;
    std::optional<OutputFile> file_;
};

}  // namespace daybook::cli
