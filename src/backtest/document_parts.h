// What the JSON documents of runs are put together from.  Who uses it includes the JSON library, a
// heavy header, in its .cc file.
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "backtest/aggregate.h"
#include "backtest/order_options.h"
#include "backtest/results.h"

namespace daybook::backtest {

using Document = nlohmann::ordered_json;

// Text that is not UTF-8 cannot come from DuckDB, but can from a command line.
std::string dump(const Document& document);

// JSON is a parameter because the library's type is not complete here.
template <typename T, typename JSON = Document>
JSON nullable(const std::optional<T>& value) {
    return value ? JSON(*value) : JSON(nullptr);
}

// What a configuration says of costs and of what befalls orders.
Document order_config(const OrderOptions& orders, double taker_fee_bps, double slippage_bps);

// What has become of orders.
Document orders_document(const OrderCounts& orders);

// The figures of trades, without their number.
Document aggregates_of(const TradeAggregates& aggregates);

}  // namespace daybook::backtest
