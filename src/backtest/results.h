// What a backtest has found out, before it becomes rows, documents and events.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backtest/aggregate.h"
#include "backtest/engine.h"
#include "backtest/path_metrics.h"

namespace daybook::backtest {

// The figures that every backtest has.
struct CallCounts {
    std::int64_t selected = 0;    // calls after filtering and de-duplication
    std::int64_t duplicates = 0;  // rows of the calls file that repeat an id
    std::int64_t eligible = 0;
    std::int64_t excluded = 0;                            // selected - eligible
    std::map<std::string_view, std::int64_t> exclusions;  // by reason
    std::int64_t without_entry = 0;  // eligible, but there is no bar to enter at
    std::int64_t truncated = 0;      // eligible, and the bars end before the window
    std::int64_t bars = 0;           // in all windows together
    std::int64_t bad_bars = 0;
};

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
