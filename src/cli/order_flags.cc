#include "cli/order_flags.h"

#include "cli/flags.h"

namespace daybook::cli {

void OrderFlags::declare(CLI::App& app) {
    app.add_option("--taker-fee-bps", taker_fee_bps_, "Fee a side, basis points (30)")
        ->type_name("BPS");
    add_choice(app, "--cost-model", cost_model_, "bps|fixed|percentage|sqrt-impact",
               "What an order costs beside the fee (bps)");
    app.add_option("--slippage-bps", slippage_bps_, "bps: slippage a side (10)")->type_name("BPS");
    app.add_option("--fixed-cost", options_.fixed_cost, "fixed: what an order costs")
        ->type_name("AMOUNT");
    app.add_option("--percentage", options_.percentage, "percentage: per cent of an order's value")
        ->type_name("PERCENT");
    CLI::Option* notional =
        app.add_option("--notional", options_.notional, "fixed, sqrt-impact: what a call buys for")
            ->type_name("AMOUNT");
    // Not shown, yet known, so that it can be refused with the reason.
    if (notional_ == Notional::kStake) notional->group("");
    app.add_option("--impact-k", options_.impact_k,
                   "sqrt-impact: slippage is k*sqrt(value/(volume*close))")
        ->type_name("BPS");
    app.add_option("--impact-min-bps", options_.impact_min_bps, "sqrt-impact: at least (0)")
        ->type_name("BPS");
    app.add_option("--impact-max-bps", options_.impact_max_bps, "sqrt-impact: at most (1000)")
        ->type_name("BPS");
    app.add_option("--latency-bars", options_.latency_bars,
                   "Each order acts so many bars later, at the close (0)")
        ->type_name("BARS");
    app.add_option("--reject-rate", options_.reject_rate,
                   "Probability that an order is rejected (0)")
        ->type_name("SHARE");
    add_count(app, "--reject-seed", reject_seed_, "Other rejections of the same rate (0)");
}

Result<backtest::OrderOptions> OrderFlags::options() const {
    backtest::OrderOptions options = options_;
    ASSIGN_OR_RETURN(options.cost_model, backtest::parse_cost_model(cost_model_));
    if (slippage_bps_ && options.cost_model != backtest::CostModel::kBps) {
        return fail(ErrorCode::kInvalidArgument,
                    "--slippage-bps: found '{}', but the cost model {} has no use for it; leave it "
                    "out",
                    *slippage_bps_, cost_model_);
    }
    if (reject_seed_ && options.reject_rate == 0) {
        return fail(ErrorCode::kInvalidArgument,
                    "--reject-seed: found '{}', but without --reject-rate nothing is rejected",
                    *reject_seed_);
    }
    options.reject_seed = reject_seed_.value_or(0);
    if (notional_ == Notional::kStake) return options;
    RETURN_IF_ERROR(name_flags(backtest::check_order_options(options)));
    return options;
}

}  // namespace daybook::cli
