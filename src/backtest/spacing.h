// What the distances between bars tell: a wrong interval, a hole that no calendar shows.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backtest/interval.h"
#include "base/result.h"

namespace daybook::backtest {

// How often each distance between two consecutive bars of a symbol occurs.
using Distances = std::map<std::int64_t, std::int64_t>;

void count_distances(std::span<const std::int64_t> opens, Distances& distances);

// Whether bars so far apart contradict the interval: there are at least two distances, another one
// is the most common, and fewer than a tenth are the interval (a market that trades seldom has
// holes).  Returns the most common one then.
std::optional<std::int64_t> contradiction(const Distances& distances, const Interval& interval);

// "candles c.csv: bars of SPX are 1d apart, --interval is 1m: pass --interval 1d".
Error wrong_interval(const std::string& path, std::string_view symbol, std::int64_t distance_ms,
                     const Interval& interval);

// Longer than any closure of a market: that of September 2001 was seven days.
inline constexpr std::int64_t kJumpMs = 10LL * 86'400'000;

// A sentence for each of the first jumps of more than kJumpMs, and one that counts the others.
// `whose`: "SPX", "any of 2 symbols".
std::vector<std::string> describe_jumps(const std::string& path, std::string_view whose,
                                        std::span<const std::int64_t> opens);

}  // namespace daybook::backtest
