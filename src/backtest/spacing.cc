#include "backtest/spacing.h"

#include <algorithm>

#include "base/calendar.h"
#include "base/text.h"

namespace daybook::backtest {
namespace {

constexpr std::size_t kJumpsShown = 3;

std::string day_text(std::int64_t ts_ms) { return to_iso8601(TimestampMs(ts_ms)).substr(0, 10); }

}  // namespace

void count_distances(std::span<const std::int64_t> opens, Distances& distances) {
    for (std::size_t i = 1; i < opens.size(); ++i) ++distances[opens[i] - opens[i - 1]];
}

std::optional<std::int64_t> contradiction(const Distances& distances, const Interval& interval) {
    std::int64_t total = 0;
    std::int64_t most = 0;
    std::int64_t most_common = 0;
    for (const auto& [distance, count] : distances) {
        total += count;
        if (count <= most) continue;
        most = count;
        most_common = distance;
    }
    if (total < 2 || most_common == interval.ms) return std::nullopt;
    const auto found = distances.find(interval.ms);
    if (found != distances.end() && found->second * 10 >= total) return std::nullopt;
    return most_common;
}

Error wrong_interval(const std::string& path, std::string_view symbol, std::int64_t distance_ms,
                     const Interval& interval) {
    const auto* const known =
        std::find_if(std::begin(kIntervals), std::end(kIntervals),
                     [&](const Interval& each) { return each.ms == distance_ms; });
    const bool is_known = known != std::end(kIntervals);
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("candles {}: bars of {} are {} apart, --interval is {}: {}", path,
                             printable(symbol, 40),
                             is_known ? std::string(known->name) : fmt::format("{}ms", distance_ms),
                             interval.name,
                             is_known ? fmt::format("pass --interval {}", known->name)
                                      : "pass candles of that interval"));
}

std::vector<std::string> describe_jumps(const std::string& path, std::string_view whose,
                                        std::span<const std::int64_t> opens) {
    std::vector<std::string> jumps;
    std::size_t count = 0;
    for (std::size_t i = 1; i < opens.size(); ++i) {
        const std::int64_t jump = opens[i] - opens[i - 1];
        if (jump <= kJumpMs || ++count > kJumpsShown) continue;
        jumps.push_back(fmt::format(
            "candles {}: no bar of {} between {} and {}, {} days; the observed calendar takes "
            "that for a closed market",
            path, whose, day_text(opens[i - 1]), day_text(opens[i]), jump / 86'400'000));
    }
    if (count > kJumpsShown) {
        jumps.push_back(fmt::format("candles {}: {} such jumps more", path, count - kJumpsShown));
    }
    return jumps;
}

}  // namespace daybook::backtest
