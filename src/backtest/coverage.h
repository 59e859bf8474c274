// Whether a call has the bars that a backtest of it needs.
//
// Only what lies before the last bar present is judged: a symbol whose bars end early (delisted,
// rugged) is never excluded for it, because that would be known only afterwards.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "backtest/market_calendar.h"

namespace daybook::backtest {

// Why a call is left out: the first of these that holds.
enum class Exclusion {
    kBadData,       // it would be left out, and bars that could not be used are the reason
    kMissingRange,  // no bar in the window
    kTooNew,        // the first bar present comes after the first bar of the window, or the
                    // calendar begins after the call or its warm-up
    kGap,           // present / expected is below the least coverage
};
std::string_view to_string(Exclusion exclusion);  // "bad_data", "missing_range", …

struct Coverage {
    std::int64_t present = 0;
    std::int64_t expected = 0;  // from the first to the last bar present
    std::optional<Exclusion> exclusion;
    // The bars end before the window does.
    bool truncated = false;

    double ratio() const;
    bool operator==(const Coverage&) const = default;
};

struct CoverageRule {
    double min_coverage = 0.95;
    // The whole window must be covered, bars that come later included.  This looks ahead.
    bool require_full_window = false;
};

// Whether bars of which the last opens at `last_open_ms` end before the window does: they stop, or
// the calendar does.
bool ends_early(const Window& window, std::int64_t last_open_ms);

// `opens`: the open times of the bars present in the window, ascending.  `dropped`: whether bars of
// the window were left out as bad data.  No window: the calendar ended before the call.
Coverage judge_coverage(const MarketCalendar& calendar, const std::optional<Window>& window,
                        std::span<const std::int64_t> opens, bool dropped,
                        const CoverageRule& rule);

}  // namespace daybook::backtest
