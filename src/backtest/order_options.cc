#include "backtest/order_options.h"

#include <cmath>
#include <iterator>

namespace daybook::backtest {
namespace {

constexpr std::string_view kCostModels[] = {"bps", "fixed", "percentage", "sqrt-impact"};

// One parameter of the models: which have it, which cannot do without, and its range.
struct Parameter {
    std::string_view flag;
    const std::optional<double>& value;
    bool belongs;
    bool required;
    double min;
    double max;
    std::string_view expected;
};

Status check(const Parameter& parameter, CostModel model) {
    if (!parameter.value) {
        if (!parameter.belongs || !parameter.required) return {};
        return fail(ErrorCode::kInvalidArgument, "{}: not given, the cost model {} needs {}",
                    parameter.flag, to_string(model), parameter.expected);
    }
    const double value = *parameter.value;
    if (!parameter.belongs) {
        return fail(ErrorCode::kInvalidArgument,
                    "{}: found '{}', but the cost model {} has no use for it; leave it out",
                    parameter.flag, value, to_string(model));
    }
    if (std::isfinite(value) && value >= parameter.min && value <= parameter.max) return {};
    return fail(ErrorCode::kInvalidArgument, "{}: found '{}', expected {}", parameter.flag, value,
                parameter.expected);
}

Status check_model(const OrderOptions& options) {
    const CostModel model = options.cost_model;
    const bool fixed = model == CostModel::kFixed;
    const bool percentage = model == CostModel::kPercentage;
    const bool impact = model == CostModel::kSqrtImpact;
    for (const Parameter& parameter : {
             Parameter{"fixed-cost", options.fixed_cost, fixed, true, 0, 1e15, "an amount from 0"},
             Parameter{"percentage", options.percentage, percentage, true, 0, 50,
                       "0 to 50 per cent"},
             Parameter{"notional", options.notional, fixed || impact, true, 1e-9, 1e15,
                       "an amount above 0"},
             Parameter{"impact-k", options.impact_k, impact, true, 0, 1e6, "bps from 0"},
             Parameter{"impact-min-bps", options.impact_min_bps, impact, false, 0, 5'000,
                       "0 to 5000 bps"},
             Parameter{"impact-max-bps", options.impact_max_bps, impact, false, 0, 5'000,
                       "0 to 5000 bps"},
         }) {
        RETURN_IF_ERROR(check(parameter, model));
    }
    if (fixed && *options.fixed_cost > *options.notional / 2) {
        return fail(ErrorCode::kInvalidArgument,
                    "fixed-cost: found '{}', expected at most half of the notional {}",
                    *options.fixed_cost, *options.notional);
    }
    const double max_bps = options.impact_max_bps.value_or(kImpactMaxBps);
    if (options.impact_min_bps.value_or(0) > max_bps) {
        return fail(ErrorCode::kInvalidArgument,
                    "impact-min-bps: found '{}', expected at most impact-max-bps, {}",
                    *options.impact_min_bps, max_bps);
    }
    return {};
}

}  // namespace

std::string_view to_string(CostModel model) { return kCostModels[static_cast<std::size_t>(model)]; }

Result<CostModel> parse_cost_model(std::string_view text) {
    for (std::size_t i = 0; i < std::size(kCostModels); ++i) {
        if (text == kCostModels[i]) return static_cast<CostModel>(i);
    }
    return fail(ErrorCode::kInvalidArgument,
                "cost-model: found '{}', expected bps, fixed, percentage or sqrt-impact", text);
}

Status check_order_options(const OrderOptions& options) {
    RETURN_IF_ERROR(check_model(options));
    if (options.latency_bars < 0 || options.latency_bars > kLatencyBarsMax) {
        return fail(ErrorCode::kInvalidArgument,
                    "latency-bars: found '{}', expected a number of bars from 0 to {}",
                    options.latency_bars, kLatencyBarsMax);
    }
    // At 1 nothing would ever be bought.
    if (!std::isfinite(options.reject_rate) || options.reject_rate < 0 ||
        options.reject_rate >= 1) {
        return fail(ErrorCode::kInvalidArgument,
                    "reject-rate: found '{}', expected a probability from 0 to below 1",
                    options.reject_rate);
    }
    return {};
}

Status check_side_costs(const OrderOptions& options, double taker_fee_bps, double slippage_bps) {
    for (const auto& [name, bps] :
         {std::pair("taker-fee-bps", taker_fee_bps), std::pair("slippage-bps", slippage_bps)}) {
        if (std::isfinite(bps) && bps >= 0 && bps <= kSideCostBpsMax) continue;
        return fail(ErrorCode::kInvalidArgument, "{}: found '{}', expected 0 to {} bps", name, bps,
                    kSideCostBpsMax);
    }
    double worst = side_cost(options, taker_fee_bps, slippage_bps);
    if (options.cost_model == CostModel::kSqrtImpact) {
        worst += options.impact_max_bps.value_or(kImpactMaxBps) / 1e4;
    }
    if (worst < 1) return {};
    return fail(ErrorCode::kInvalidArgument,
                "taker-fee-bps: found costs of {} bps a side in all, expected less than 10000: "
                "nothing would be left",
                worst * 1e4);
}

double side_cost(const OrderOptions& options, double taker_fee_bps, double slippage_bps) {
    switch (options.cost_model) {
        case CostModel::kBps: return (taker_fee_bps + slippage_bps) / 1e4;
        case CostModel::kPercentage: return taker_fee_bps / 1e4 + *options.percentage / 100;
        case CostModel::kFixed:
        case CostModel::kSqrtImpact: return taker_fee_bps / 1e4;
    }
    return 0;
}

}  // namespace daybook::backtest
