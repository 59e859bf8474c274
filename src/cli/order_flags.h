// The flags that say what becomes of orders, for every command that trades.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "backtest/order_options.h"
#include "base/result.h"
#include "cli/command.h"

namespace daybook::cli {

// Where the models that need it find what a call buys for: a flag, or each position's own stake.
enum class Notional { kFlag, kStake };

class OrderFlags {
public:
    explicit OrderFlags(Notional notional = Notional::kFlag) : notional_(notional) {}

    void declare(CLI::App& app);

    // The flags as options, checked: a parameter that the cost model has no use for is refused,
    // --slippage-bps among them.  With Notional::kStake the parameters are not checked: whoever
    // knows the stakes does it.
    Result<backtest::OrderOptions> options() const;
    double taker_fee_bps() const { return taker_fee_bps_; }
    double slippage_bps() const { return slippage_bps_.value_or(10); }
    // All of them, into the options of a backtest.
    Status read_into(auto& options_of_backtest) const {
        ASSIGN_OR_RETURN(options_of_backtest.orders, options());
        options_of_backtest.taker_fee_bps = taker_fee_bps();
        options_of_backtest.slippage_bps = slippage_bps();
        return {};
    }

private:
    Notional notional_;
    double taker_fee_bps_ = 30;
    std::optional<double> slippage_bps_;
    std::string cost_model_ = "bps";
    std::optional<std::uint64_t> reject_seed_;
    backtest::OrderOptions options_;
};

}  // namespace daybook::cli
