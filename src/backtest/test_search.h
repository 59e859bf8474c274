// What tests of a search's validation share: calls an hour apart with a few bars each, and policies
// whose trades are a formula.
#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "backtest/validation.h"

namespace daybook::backtest::testing {

inline constexpr std::int64_t kHourMs = 3'600'000;

// Call i is made at hour i; its window is three bars of an hour.  Every seventh has no anchor.
struct SearchFixture {
    explicit SearchFixture(std::size_t count) {
        inputs.fingerprint = "00";
        for (std::size_t i = 0; i < count; ++i) {
            const auto at = static_cast<std::int64_t>(i) * kHourMs;
            inputs.calls.calls.push_back({.id = "c" + std::to_string(i),
                                          .caller = i % 2 == 0 ? "ann" : "bob",
                                          .mint = "A",
                                          .chain = "",
                                          .created_at_ms = at});
            inputs.windows.push_back(Window{.begin_ms = at,
                                            .entry_ms = at,
                                            .last_ms = at + 2 * kHourMs,
                                            .end_ms = at + 3 * kHourMs,
                                            .bars = 3,
                                            .wanted_bars = 3});
            calls.emplace_back();
            if (i % 7 == 6) calls.back().no_entry = "no_anchor";
        }
        for (const char* json :
             {R"({"kind":"fixed_stop","stopPct":0.3})", R"({"kind":"fixed_stop","stopPct":0.1})",
              R"({"kind":"fixed_stop","stopPct":0.2})"}) {
            policies.push_back(*parse_policy(json));
            ids.push_back(policy_id(policies.back()));
        }
    }

    // Policy 0 is good early and bad late, 1 the reverse, and 2 always stops at a loss.
    std::optional<Trade> trade(std::size_t policy, std::size_t call) const {
        if (!calls[call].can_enter()) return std::nullopt;
        const double size = static_cast<double>(calls.size());
        const double late = static_cast<double>(call) / size;
        Trade trade{
            .net_bps = policy == 0 ? 100 - 200 * late : (policy == 1 ? 200 * late - 60 : -50.0),
            .gross_bps = 0,
            .stop_out = policy == 2,
            .max_adverse_excursion_bps = -10 - std::fmod(7.0 * static_cast<double>(call), 13),
            .time_exposed_ms = kHourMs,
            .tail_capture = std::nullopt,
            .entry_ts_ms = static_cast<std::int64_t>(call) * kHourMs,
            .exit_ts_ms = static_cast<std::int64_t>(call + 1) * kHourMs,
            .entry_px = 1,
            .exit_px = 1,
            .reason = policy == 2 ? ExitReason::kStopLoss : ExitReason::kEndOfData};
        trade.gross_bps = trade.net_bps + 80;
        return trade;
    }

    OutcomeMatrix::Trader trader() const {
        return [this](std::size_t policy, std::size_t call) { return trade(policy, call); };
    }
    OutcomeMatrix outcomes() const {
        OutcomeMatrix matrix(policies.size(), calls.size());
        matrix.fill(0, policies.size(), 1, trader());
        return matrix;
    }

    Inputs inputs{.calls = {},
                  .calendar = MarketCalendar::always(kIntervals[5]),
                  .windows = {},
                  .candles = {},
                  .fingerprint = {}};
    std::vector<PreparedCall> calls;
    std::vector<Policy> policies;
    std::vector<std::string> ids;
    Constraints constraints;
};

}  // namespace daybook::backtest::testing
