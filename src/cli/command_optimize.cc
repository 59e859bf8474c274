// daybook backtest optimize: a search for an exit policy, every trial of it recorded.

#include <optional>
#include <string>
#include <vector>

#include "backtest/optimize.h"
#include "cli/backtest_command.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/order_flags.h"
#include "cli/space_argument.h"
#include "cli/split_flags.h"
#include "os/file.h"
#include "os/process.h"

namespace daybook::cli {
namespace {

class OptimizeCommand final : public BacktestCommand {
public:
    void declare(CLI::App& app) override {
        BacktestCommand::declare(app);
        app.add_option("--space", spaces_, "Policies to try: classic, combos, daily, or a file")
            ->type_name("NAME|FILE")
            ->allow_extra_args(false)
            ->required();
        add_choice(app, "--search", search_, "grid|random", "All policies, or some drawn (grid)");
        add_count(app, "--trials", trials_, "How many policies a random search draws");
        add_count(app, "--seed", seed_, "What a random search, or a split, draws by (0)");
        split_flags_.declare(app);
        add_choice(app, "--by", by_, "caller", "Search each caller's calls too, as a child run");
        app.add_option("--max-losing-stop-rate", losing_stop_rate_,
                       "Stops that lose / trades, at most (0.3)")
            ->type_name("SHARE");
        app.add_option("--min-p05-mae-bps", p05_mae_bps_,
                       "5th percentile of adverse excursion, at least (-3000)")
            ->type_name("BPS");
        app.add_option("--max-mean-time-exposed", time_exposed_,
                       "Mean time in the market, at most (4h below bars of 1h, else none)")
            ->type_name("SPAN|none");
        orders_.declare(app);
    }

protected:
    Status prepare() override {
        RETURN_IF_ERROR(read_common(options_));
        const std::string shipped = shipped_spaces(os::parent_path(os::executable_path()));
        for (const std::string& space : spaces_) {
            ASSIGN_OR_RETURN(backtest::Space read, read_space(space, shipped));
            options_.spaces.push_back(std::move(read));
        }
        options_.by_caller = !by_.empty();
        RETURN_IF_ERROR(read_search());
        ASSIGN_OR_RETURN(options_.validation, split_flags_.read(options_.seed));
        ASSIGN_OR_RETURN(options_.constraints, constraints());
        RETURN_IF_ERROR(orders_.read_into(options_));
        return name_flags(check_optimize_options(options_));
    }
    Result<backtest::RunSummary> backtest(const backtest::RunContext& run_context) override {
        return run_optimize(options_, run_context);
    }

private:
    Status read_search() {
        if (search_ == "random") options_.search = backtest::SearchKind::kRandom;
        options_.trials = trials_;
        if (seed_ && search_ != "random" && !split_flags_.draws()) {
            return fail(ErrorCode::kInvalidArgument,
                        "--seed: found {} with --search grid, which draws nothing; expected "
                        "--search random, or --split caller or random",
                        *seed_);
        }
        options_.seed = seed_.value_or(0);
        return {};
    }

    Result<backtest::Constraints> constraints() const {
        const backtest::Interval interval = options_.input.interval;
        backtest::Constraints constraints = backtest::default_constraints(interval);
        constraints.max_losing_stop_rate = losing_stop_rate_;
        constraints.min_p05_mae_bps = p05_mae_bps_;
        if (time_exposed_ == "none") {
            constraints.max_mean_time_exposed_ms.reset();
        } else if (!time_exposed_.empty()) {
            const auto span = backtest::parse_span(time_exposed_);
            if (!span) return fail(span.error().with_context("--max-mean-time-exposed"));
            const std::int64_t unit = span->counts_bars() ? interval.ms : 1;
            constraints.max_mean_time_exposed_ms = static_cast<double>(span->value() * unit);
        }
        return constraints;
    }

    std::vector<std::string> spaces_;
    std::string search_ = "grid";
    std::optional<std::int64_t> trials_;
    std::optional<std::uint64_t> seed_;
    std::string by_;
    SplitFlags split_flags_;
    double losing_stop_rate_ = backtest::Constraints{}.max_losing_stop_rate;
    double p05_mae_bps_ = backtest::Constraints{}.min_p05_mae_bps;
    std::string time_exposed_;
    OrderFlags orders_;
    backtest::OptimizeOptions options_;
};

}  // namespace

extern constinit const CommandInfo kBacktestOptimizeCommand = {
    .name = "backtest optimize",
    .summary = "Searches for the exit policy of the best score, recording every trial",
    .details =
        "Spaces, constraints and the score are told in docs/guide/optimize.md; splits, folds\n"
        "and what they say of over-fitting in docs/guide/walk-forward.md.",
    .examples =
        "daybook backtest optimize --calls calls.csv --candles prices.csv --interval 1d \\\n"
        "    --symbol SPX --max-hold 60 --space daily --run-id search-1\n"
        "daybook trials search-1 --feasible --metric score -n 5\n"
        "# choose and test five times, walking forward\n"
        "daybook backtest optimize --calls calls.csv --candles prices.csv --interval 1d \\\n"
        "    --symbol SPX --max-hold 60 --space daily --folds 5 --embargo 5d\n"
        "# 200 of 540 policies, and each caller on his own\n"
        "daybook backtest optimize --calls calls.csv --candles 'candles/*.parquet' \\\n"
        "    --space classic --space combos --search random --trials 200 --seed 7 --by caller\n"
        "# go on with a search that was interrupted\n"
        "daybook backtest optimize --calls calls.csv --candles prices.csv --interval 1d \\\n"
        "    --symbol SPX --max-hold 60 --space daily --run-id search-1 --resume",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<OptimizeCommand>,
};

}  // namespace daybook::cli
