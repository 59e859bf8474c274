// The text of examples/calls.sql, put into the program when it is built: the rules that derive the
// demo's calls are one file, which any DuckDB shell can run as well.
#pragma once

namespace daybook::backtest {

extern const char* const kCallsSql;

}  // namespace daybook::backtest
