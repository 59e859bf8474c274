// derive_calls() of options.h.
#include "backtest/options.h"

#include "backtest/calls_sql.h"
#include "duck/database.h"
#include "duck/sql.h"

namespace daybook::backtest {

Result<std::uint64_t> derive_calls(const std::string& prices_csv, const std::string& calls_csv,
                                   const std::string& symbol) {
    ASSIGN_OR_RETURN(const duck::Database database, duck::Database::open_in_memory());
    ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
    RETURN_IF_ERROR(connection.execute(
        fmt::format("SET VARIABLE prices = {}; SET VARIABLE symbol = {}",
                    duck::quote_literal(prices_csv), duck::quote_literal(symbol))));
    auto rows = connection.query(fmt::format("COPY ({}) TO {} (FORMAT csv, HEADER)", kCallsSql,
                                             duck::quote_literal(calls_csv)));
    if (!rows) {
        return fail(rows.error().with_context(
            fmt::format("derive calls from {} to {}", prices_csv, calls_csv)));
    }
    return rows->rows_changed();
}

}  // namespace daybook::backtest
