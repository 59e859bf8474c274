// How many calls take part, and why the others do not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "backtest/inputs.h"
#include "backtest/prepared.h"

namespace daybook::backtest {

// The figures that every backtest has.
struct CallCounts {
    std::int64_t selected = 0;    // calls after filtering and de-duplication
    std::int64_t duplicates = 0;  // rows of the calls file that repeat an id
    std::int64_t eligible = 0;
    std::int64_t excluded = 0;                            // selected - eligible
    std::map<std::string_view, std::int64_t> exclusions;  // by reason, zeros included
    std::int64_t without_entry = 0;  // eligible, but there is no bar to enter at
    std::int64_t truncated = 0;      // eligible, and the bars end before the window
    std::int64_t bars = 0;           // in all windows together, each once
    std::int64_t bad_bars = 0;
};

// Of the calls `which`.  What is known of the files alone, duplicates and bad bars, is left at 0.
CallCounts count_calls(const Inputs& inputs, const std::vector<PreparedCall>& calls,
                       std::span<const std::size_t> which);

}  // namespace daybook::backtest
