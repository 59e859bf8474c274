#include "backtest/coverage.h"

#include <algorithm>

namespace daybook::backtest {
namespace {

std::optional<Exclusion> shortfall(const Window& window, std::span<const std::int64_t> opens,
                                   const Coverage& coverage, const CoverageRule& rule) {
    if (opens.empty()) return Exclusion::kMissingRange;
    if (opens.front() > window.begin_ms || window.missing_warm_up > 0 || window.begins_late) {
        return Exclusion::kTooNew;
    }
    if (coverage.ratio() < rule.min_coverage) return Exclusion::kGap;
    return std::nullopt;
}

}  // namespace

std::string_view to_string(Exclusion exclusion) {
    switch (exclusion) {
        case Exclusion::kBadData: return "bad_data";
        case Exclusion::kMissingRange: return "missing_range";
        case Exclusion::kTooNew: return "too_new";
        case Exclusion::kGap: return "gap";
    }
    return "";
}

double Coverage::ratio() const {
    if (expected == 0) return 0;
    return std::min(static_cast<double>(present) / static_cast<double>(expected), 1.0);
}

bool ends_early(const Window& window, std::int64_t last_open_ms) {
    return last_open_ms < window.last_ms ||
           window.bars < window.wanted_bars - window.missing_warm_up;
}

Coverage judge_coverage(const MarketCalendar& calendar, const std::optional<Window>& window,
                        std::span<const std::int64_t> opens, bool dropped,
                        const CoverageRule& rule) {
    Coverage coverage;
    if (!window) {
        coverage.exclusion = Exclusion::kMissingRange;
        return coverage;
    }
    coverage.present = static_cast<std::int64_t>(opens.size());
    if (rule.require_full_window) {
        coverage.expected = window->wanted_bars;
    } else if (!opens.empty()) {
        coverage.expected = calendar.bars_between(opens.front(), opens.back());
    }
    coverage.exclusion = shortfall(*window, opens, coverage, rule);
    if (coverage.exclusion && dropped) coverage.exclusion = Exclusion::kBadData;
    coverage.truncated = !opens.empty() && ends_early(*window, opens.back());
    return coverage;
}

}  // namespace daybook::backtest
