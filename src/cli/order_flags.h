// The flags that say what becomes of orders, for every command that trades.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "backtest/order_options.h"
#include "cli/command.h"

namespace daybook::cli {

class OrderFlags {
public:
    void declare(CLI::App& app);

    // The flags as options, checked: a parameter that the cost model has no use for is refused,
    // --slippage-bps among them.
    Result<backtest::OrderOptions> options() const;
    double taker_fee_bps() const { return taker_fee_bps_; }
    double slippage_bps() const { return slippage_bps_.value_or(10); }

private:
    double taker_fee_bps_ = 30;
    std::optional<double> slippage_bps_;
    std::string cost_model_ = "bps";
    std::optional<std::uint64_t> reject_seed_;
    backtest::OrderOptions options_;
};

}  // namespace daybook::cli
