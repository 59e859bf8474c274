// daybook backtest path-only, baseline and policy: runs that record themselves.

#include <string>

#include "backtest/policy_run.h"
#include "cli/backtest_command.h"
#include "cli/flags.h"
#include "cli/order_flags.h"

namespace daybook::cli {
namespace {

using PathBacktest = Result<backtest::RunSummary> (*)(const backtest::PathOnlyOptions&,
                                                      const backtest::RunContext&);

// What measures paths: path-only and baseline.
class PathCommand : public BacktestCommand {
public:
    PathCommand(PathBacktest measure, const char* max_hold)
        : BacktestCommand(max_hold), measure_(measure) {}

    void declare(CLI::App& app) override {
        BacktestCommand::declare(app);
        app.add_option("--activity-move", options_.activity_move,
                       "A move that counts as activity (0.1)")
            ->type_name("SHARE");
    }

protected:
    Status prepare() override { return read_common(options_); }
    Result<backtest::RunSummary> backtest(const backtest::RunContext& run_context) override {
        return measure_(options_, run_context);
    }

private:
    PathBacktest measure_;
    backtest::PathOnlyOptions options_;
};

class PathOnlyCommand final : public PathCommand {
public:
    PathOnlyCommand() : PathCommand(backtest::run_path_only, "1440") {}
};

class BaselineCommand final : public PathCommand {
public:
    BaselineCommand() : PathCommand(backtest::run_baseline, "48h") {}
};

class PolicyCommand final : public BacktestCommand {
public:
    void declare(CLI::App& app) override {
        BacktestCommand::declare(app);
        app.add_option("--policy", policy_, "When to sell: JSON, or a file that holds it")
            ->type_name("JSON|FILE")
            ->required();
        app.add_option("--policy-id", options_.policy_id, "Its id (from kind and parameters)")
            ->type_name("ID");
        orders_.declare(app);
    }

protected:
    Status prepare() override {
        RETURN_IF_ERROR(read_common(options_));
        ASSIGN_OR_RETURN(options_.policy, read_policy(policy_));
        RETURN_IF_ERROR(orders_.read_into(options_));
        return name_flags(check_policy_options(options_));
    }
    Result<backtest::RunSummary> backtest(const backtest::RunContext& run_context) override {
        return run_policy(options_, run_context);
    }

private:
    std::string policy_;
    OrderFlags orders_;
    backtest::PolicyOptions options_;
};

}  // namespace

extern constinit const CommandInfo kBacktestCommand = {
    .name = "backtest",
    .summary = "Runs a backtest, recording every step of it in the ledger",
    .details = "Rules, metrics and policies are told in docs/guide/backtests.md.",
    .examples =
        "daybook backtest path-only --calls calls.csv --candles prices.csv --interval 1d\n"
        "daybook backtest policy --calls calls.csv --candles prices.csv --interval 1d \\\n"
        "    --policy '{\"kind\":\"fixed_stop\",\"stopPct\":0.05}'",
};

extern constinit const CommandInfo kBacktestPathOnlyCommand = {
    .name = "backtest path-only",
    .summary = "Measures what prices did after each call, without trading",
    .details = "",
    .examples =
        "daybook backtest path-only --calls calls.csv --candles prices.csv --interval 1d \\\n"
        "    --symbol SPX --max-hold 60",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<PathOnlyCommand>,
};

extern constinit const CommandInfo kBacktestBaselineCommand = {
    .name = "backtest baseline",
    .summary = "Measures what prices did within 48 hours of every call",
    .details =
        "As path-only, but with 48h as the window, and with a baseline.completed that says\n"
        "how many of all calls could be measured, and where the paths are.",
    .examples =
        "daybook backtest baseline --calls calls.csv --candles 'candles/*.parquet' --interval 1m",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<BaselineCommand>,
};

extern constinit const CommandInfo kBacktestPolicyCommand = {
    .name = "backtest policy",
    .summary = "Trades each call by an exit policy, costs included",
    .details = "",
    .examples =
        "daybook backtest policy --calls calls.csv --candles prices.csv --interval 1d \\\n"
        "    --symbol SPX --max-hold 60 \\\n"
        "    --policy '{\"kind\":\"trailing_stop\",\"activationPct\":0.03,\"trailPct\":0.02}'\n"
        "# orders that move the price, act a bar later and are sometimes rejected\n"
        "daybook backtest policy --calls calls.csv --candles candles.parquet --interval 1m \\\n"
        "    --policy policy.json --cost-model sqrt-impact --notional 1000 --impact-k 100 \\\n"
        "    --latency-bars 1 --reject-rate 0.02 --reject-seed 7",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<PolicyCommand>,
};

}  // namespace daybook::cli
