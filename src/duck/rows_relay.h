// Rows of one database as a table function of another: how results of a database that may write no
// file get into one.
//
//     RowsRelay relay(rows);
//     RETURN_IF_ERROR(relay.attach(connection, "result"));
//     Status copied = connection.execute("COPY (FROM result()) TO 'a.parquet'");
//     if (relay.error()) …  // what fetching the rows came to, where that was the reason
//
// Every type passes as it is; the chunks are shared, not copied.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "duck/connection.h"
#include "duck/rows.h"

namespace daybook::duck {

class RowsRelay {
public:
    // `rows` is borrowed, and must outlive every statement that reads the function.
    explicit RowsRelay(Rows& rows);
    ~RowsRelay();
    RowsRelay(const RowsRelay&) = delete;
    RowsRelay& operator=(const RowsRelay&) = delete;

    // Makes the rows that are left the table function `name`, whose columns are c0, c1…: names of
    // results may repeat.  They can be read once, by one statement.
    Status attach(Connection& connection, const std::string& name);

    // Why the rows ended early, if they did.
    const std::optional<Error>& error() const;

    struct State;

private:
    std::shared_ptr<State> state_;
};

}  // namespace daybook::duck
