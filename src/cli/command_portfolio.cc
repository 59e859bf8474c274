// daybook backtest portfolio: one purse, several positions.

#include <string>

#include "backtest/portfolio_run.h"
#include "cli/backtest_command.h"
#include "cli/flags.h"
#include "cli/order_flags.h"

namespace daybook::cli {
namespace {

class PortfolioCommand final : public BacktestCommand {
public:
    void declare(CLI::App& app) override {
        BacktestCommand::declare(app);
        backtest::PolicyOptions& policy = options_.policy;
        app.add_option("--policy", policy_, "When to sell: JSON, or a file that holds it")
            ->type_name("JSON|FILE")
            ->required();
        app.add_option("--policy-id", policy.policy_id, "Its id (from kind and parameters)")
            ->type_name("ID");
        orders_.declare(app);
        app.add_option("--initial-capital", options_.rules.initial_capital,
                       "What the purse holds at first (10000)")
            ->type_name("AMOUNT");
        app.add_option("--max-positions", options_.rules.max_positions,
                       "Positions open at once, at most (10)")
            ->type_name("N");
        app.add_option("--fraction", options_.rules.fraction,
                       "Of the equity, what a position should cost (0.1)")
            ->type_name("SHARE");
        app.add_option("--risk", options_.risk,
                       "Of the equity, what a position's stop may lose; makes positions smaller")
            ->type_name("SHARE");
        app.add_option("--periods-per-year", options_.periods_per_year,
                       "Scale of the ratios (252 with the observed calendar, else 365)")
            ->type_name("DAYS");
    }

protected:
    Status prepare() override {
        RETURN_IF_ERROR(read_common(options_.policy));
        ASSIGN_OR_RETURN(options_.policy.policy, read_policy(policy_));
        RETURN_IF_ERROR(orders_.read_into(options_.policy));
        return name_flags(check_portfolio_options(options_));
    }
    Result<backtest::RunSummary> backtest(const backtest::RunContext& run_context) override {
        return run_portfolio(options_, run_context);
    }

private:
    std::string policy_;
    OrderFlags orders_{Notional::kStake};
    backtest::PortfolioOptions options_;
};

}  // namespace

extern constinit const CommandInfo kBacktestPortfolioCommand = {
    .name = "backtest portfolio",
    .summary = "Trades the calls by a policy out of one purse: capital, drawdown, ratios",
    .details =
        "A position costs --fraction of the equity at its entry, or what cash is left if that is "
        "at\n"
        "least half of it; with --risk it costs less where its stop would lose more than that.\n"
        "Costs that depend on an order's value are those of the position's own size.\n"
        "Calls that the capital or --max-positions leaves out are listed with their reason.",
    .examples =
        "daybook backtest portfolio --calls calls.csv --candles prices.csv --interval 1d \\\n"
        "    --symbol SPX --max-hold 60 --policy '{\"kind\":\"fixed_stop\",\"stopPct\":0.05}' \\\n"
        "    --initial-capital 10000 --max-positions 5 --fraction 0.2 --risk 0.01",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<PortfolioCommand>,
};

}  // namespace daybook::cli
