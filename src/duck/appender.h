// Bulk insertion of columns into a table.
//
//     ASSIGN_OR_RETURN(auto bars, Appender::open(connection, "bars", {kVarchar, kBigint,
//     kDouble})); for (…) {
//         ASSIGN_OR_RETURN(const std::size_t row, bars.add_row());
//         bars.column(0).set_text(row, symbol);
//         …
//     }
//     RETURN_IF_ERROR(bars.finish());
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "duck/chunk_writer.h"
#include "duck/connection.h"

namespace daybook::duck {

// Used by its connection's thread.  Text that was lent must live until the chunk it is in has been
// given over: until finish(), to be sure.
class Appender {
public:
    // The types must be those of all of the table's columns, in order.  `table` is a name of the
    // current schema.
    static Result<Appender> open(Connection& connection, const std::string& table,
                                 std::vector<ColumnType> types);
    Appender(Appender&&) noexcept;
    Appender& operator=(Appender&&) noexcept;
    ~Appender();

    // Begins a row and returns its place in the columns; every column of it must be set.
    Result<std::size_t> add_row();
    ColumnWriter& column(std::size_t index) { return writer_->column(index); }

    // Gives over what is left.  Without it, rows of an unfinished chunk are dropped.
    Status finish();

private:
    struct Handle;
    explicit Appender(std::unique_ptr<Handle> handle);
    Status hand_over();

    std::unique_ptr<Handle> handle_;
    std::unique_ptr<ChunkWriter> writer_;
    std::size_t rows_ = 0;
};

}  // namespace daybook::duck
