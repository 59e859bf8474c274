#include "backtest/policy.h"

#include <algorithm>
#include <iterator>

#include "base/hash.h"
#include "base/limits.h"

namespace daybook::backtest {
namespace {

std::string text(double value) { return fmt::format("{}", value); }
std::string text(const std::optional<double>& value) { return value ? text(*value) : "none"; }

std::string full_id(const Policy& policy);

std::string parameters(const FixedStop& p) {
    return text(p.stop_pct) + "_" + text(p.take_profit_pct);
}
std::string parameters(const TimeStop& p) {
    return fmt::format("{}_{}", p.max_hold_ms, text(p.take_profit_pct));
}
std::string parameters(const TrailingStop& p) {
    return text(p.activation_pct) + "_" + text(p.trail_pct) + "_" + text(p.hard_stop_pct);
}
std::string parameters(const Ladder& p) {
    std::string out;
    for (const LadderLevel& level : p.levels) {
        if (!out.empty()) out += "-";
        out += text(level.multiple) + "x" + text(level.fraction);
    }
    return out + "_" + text(p.stop_pct);
}
std::string parameters(const Combo& p) {
    std::string out;
    for (const Policy& part : p.policies) {
        if (!out.empty()) out += "_";
        out += "(" + full_id(part) + ")";
    }
    return out;
}

std::string full_id(const Policy& policy) {
    return std::string(kind_name(policy)) + "_" +
           std::visit([](const auto& p) { return parameters(p); }, policy.kind);
}

}  // namespace

bool Combo::operator==(const Combo& other) const { return policies == other.policies; }

std::string_view kind_name(const Policy& policy) {
    static constexpr std::string_view kNames[] = {"fixed_stop", "time_stop", "trailing_stop",
                                                  "ladder", "combo"};
    return kNames[policy.kind.index()];
}

std::string policy_id(const Policy& policy) {
    std::string id = full_id(policy);
    if (id.size() <= kNameBytesMax) return id;
    return std::string(kind_name(policy)) + "_" + xxh3_128(id).to_hex();
}

std::int64_t longest_hold_ms(const Policy& policy) {
    if (const auto* time_stop = std::get_if<TimeStop>(&policy.kind)) return time_stop->max_hold_ms;
    std::int64_t longest = 0;
    if (const auto* combo = std::get_if<Combo>(&policy.kind)) {
        for (const Policy& part : combo->policies) {
            longest = std::max(longest, longest_hold_ms(part));
        }
    }
    return longest;
}

}  // namespace daybook::backtest
