// The bars of some ranges as rows for SQL: what the slice artifact is written from.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "backtest/bars.h"
#include "backtest/candles.h"
#include "duck/row_source.h"

namespace daybook::backtest {

// Columns symbol, ts_ms, open, high, low, close, volume (null where it is not known), by symbol and
// time.  The bars are borrowed: they must outlive the database that the source is registered with.
std::shared_ptr<duck::RowSource> slice_source(const std::map<std::string, Bars>& bars,
                                              const RangesBySymbol& ranges);

}  // namespace daybook::backtest
