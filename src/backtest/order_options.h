// What becomes of an order: what it costs, how late it acts, and whether it is taken at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace daybook::backtest {

// What an order costs beside the taker fee.
enum class CostModel {
    kBps,         // so many basis points of its value: --slippage-bps
    kFixed,       // the same amount for every order
    kPercentage,  // so many per cent of its value
    kSqrtImpact,  // more for an order that is large against what its bar has traded
};
std::string_view to_string(CostModel model);  // "bps", "fixed", "percentage", "sqrt-impact"
Result<CostModel> parse_cost_model(std::string_view text);

// Parameters of a model are set for that model and for no other; see check_order_options().
struct OrderOptions {
    CostModel cost_model = CostModel::kBps;
    std::optional<double> fixed_cost{};      // kFixed: of one order, in the quote currency; >= 0
    std::optional<double> percentage{};      // kPercentage: 0.4 is 40 bps; 0 to 50
    std::optional<double> notional{};        // kFixed, kSqrtImpact: what a call buys for; > 0
    std::optional<double> impact_k{};        // kSqrtImpact: bps at a whole bar's turnover; >= 0
    std::optional<double> impact_min_bps{};  // kSqrtImpact; unset: 0
    std::optional<double> impact_max_bps{};  // kSqrtImpact; unset: kImpactMaxBps
    // How many bars after it was sent an order acts.
    std::int64_t latency_bars = 0;
    // The probability that an order is rejected, [0, 1), and what the draws hang on.
    double reject_rate = 0;
    std::uint64_t reject_seed = 0;

    // Orders act where they were sent, for a share of their value: nothing needs them one by one.
    bool plain() const {
        return (cost_model == CostModel::kBps || cost_model == CostModel::kPercentage) &&
               latency_bars == 0 && reject_rate == 0;
    }
    bool needs_volume() const { return cost_model == CostModel::kSqrtImpact; }
    bool operator==(const OrderOptions&) const = default;
};

inline constexpr double kImpactMaxBps = 1'000;
// Both sides of a trade must leave something.
inline constexpr double kSideCostBpsMax = 5'000;
inline constexpr std::int64_t kLatencyBarsMax = 100'000;

// Refuses numbers out of range, a parameter that the model lacks, and one that it has no use for;
// the message names the flag, what was found and what was expected.
Status check_order_options(const OrderOptions& options);

// The same for what each side costs in bps: 0 to kSideCostBpsMax each, and together with what
// `options` may add less than the whole.
Status check_side_costs(const OrderOptions& options, double taker_fee_bps, double slippage_bps);

// A side's cost as a fraction of its value, as far as it is the same for every order: the fee, and
// the part of the models kBps and kPercentage.
double side_cost(const OrderOptions& options, double taker_fee_bps, double slippage_bps);

}  // namespace daybook::backtest
