#include "cli/rows_target.h"

#include <utility>

#include "query/parquet_file.h"

namespace daybook::cli {

Status refuse_output_of_sql(const Context& context) {
    if (context.output.path.empty()) return {};
    return fail(ErrorCode::kInvalidArgument,
                "--show-sql prints the SQL instead of asking it: leave out --output");
}

RowsTarget::RowsTarget(Context& context, std::optional<OutputFile> file)
    : context_(&context), file_(std::move(file)) {}

Result<RowsTarget> RowsTarget::open(Context& context) {
    const OutputFlags& flags = context.output;
    if (flags.path.empty()) {
        if (context.format == Format::kParquet) {
            return fail(ErrorCode::kInvalidArgument,
                        "--format parquet: it is written to a file: --output FILE");
        }
        return RowsTarget(context, std::nullopt);
    }
    ASSIGN_OR_RETURN(OutputFile file, OutputFile::create(flags.path, flags.force));
    return RowsTarget(context, std::move(file));
}

Result<std::size_t> RowsTarget::write(duck::Rows& rows, std::vector<Column> columns,
                                      const CellOf& cell) {
    if (!file_) {
        const auto writer = context_->rows(std::move(columns));
        return write_rows(rows, *writer, context_->out, cell);
    }
    std::size_t count = 0;
    if (context_->format == Format::kParquet) {
        RETURN_IF_ERROR(query::write_parquet(rows, file_->temporary_path()));
    } else {
        StandardOutput out(file_->fd(), context_->output.path);
        const auto writer = make_row_writer(context_->format, std::move(columns), {}, out);
        ASSIGN_OR_RETURN(count, write_rows(rows, *writer, out, cell));
        out.flush();
        if (out.error()) return fail(*out.error());
    }
    RETURN_IF_ERROR(file_->publish());
    return count;
}

}  // namespace daybook::cli
