#include "backtest/position_size.h"

#include <algorithm>
#include <type_traits>
#include <variant>

namespace daybook::backtest {
namespace {

std::optional<double> stop_of(const FixedStop& policy) { return policy.stop_pct; }
std::optional<double> stop_of(const TimeStop&) { return std::nullopt; }
std::optional<double> stop_of(const TrailingStop& policy) { return policy.hard_stop_pct; }
std::optional<double> stop_of(const Ladder& policy) { return policy.stop_pct; }
std::optional<double> stop_of(const Combo& combo) {
    std::optional<double> nearest;
    for (const Policy& part : combo.policies) {
        const std::optional<double> stop = first_stop(part);
        if (stop) nearest = std::min(nearest.value_or(*stop), *stop);
    }
    return nearest;
}

}  // namespace

std::optional<double> first_stop(const Policy& policy) {
    return std::visit([](const auto& kind) { return stop_of(kind); }, policy.kind);
}

double loss_at_stop(double stop, double side_cost) {
    return 1 - (1 - stop) * (1 - side_cost) / (1 + side_cost);
}

Result<double> position_fraction(double fraction, const std::optional<double>& risk,
                                 const Policy& policy, double side_cost) {
    if (!risk) return fraction;
    const std::optional<double> stop = first_stop(policy);
    if (!stop) {
        return fail(ErrorCode::kInvalidArgument,
                    "risk: found '{}', but {} has no stop that bounds a loss from the entry on; "
                    "give it stopPct or hardStopPct, or leave the risk out",
                    *risk, policy_id(policy));
    }
    return std::min(fraction, *risk / loss_at_stop(*stop, side_cost));
}

}  // namespace daybook::backtest
