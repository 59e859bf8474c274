// What a backtest has found out, before it becomes rows, documents and events.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "backtest/aggregate.h"
#include "backtest/engine.h"
#include "backtest/path_metrics.h"

namespace daybook::backtest {

// What has become of orders; only the models that can refuse one count them.
struct OrderCounts {
    std::int64_t entries_rejected = 0;   // calls that were not bought, by chance
    std::int64_t entries_no_volume = 0;  // …, because their bar traded nothing
    std::int64_t entries_too_late = 0;   // …, because the bars ended before the order acted
    std::int64_t sales_rejected = 0;     // attempts to sell that were tried again
};

// Results by call, in the order of the calls; none where the call is not eligible or has no entry.
using PathResults = std::vector<std::optional<PathMetrics>>;
using TradeResults = std::vector<std::optional<Trade>>;

}  // namespace daybook::backtest
