// daybook backtest synth: made-up candles and calls.

#include <optional>
#include <string>

#include "backtest/synth.h"
#include "base/clock.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/json_fields.h"
#include "cli/progress.h"
#include "cli/rows_output.h"
#include "os/file.h"
#include "os/interrupt.h"

namespace daybook::cli {
namespace {

class SynthCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("--out", options_.directory, "Where the files go; made if it is not there")
            ->type_name("DIR")
            ->required();
        app.add_option("--symbols", options_.symbols, "How many (10)")->type_name("N");
        app.add_option("--bars", options_.bars, "Bars of each symbol (10000)")->type_name("N");
        add_choice(app, "--interval", interval_, "1s|15s|1m|5m|15m|1h|4h|1d",
                   "Length of a bar (1m)");
        app.add_option("--calls", options_.calls, "How many (500)")->type_name("N");
        app.add_option("--callers", options_.callers, "Who make them (5)")->type_name("N");
        app.add_option("--seed", options_.seed, "The same seed, the same files (1)")
            ->type_name("N");
        app.add_option("--start", start_, "UTC day of the first bar (2024-01-01)")
            ->type_name("DATE");
        app.add_option("--threads", options_.threads, "Threads (one for each processor)")
            ->type_name("N");
    }

    Result<ExitCode> run(Context& context) override {
        if (const Status prepared = prepare(); !prepared) {
            return context.report(prepared.error(), ExitCode::kUsage);
        }
        const std::uint64_t total = static_cast<std::uint64_t>(options_.symbols) *
                                    static_cast<std::uint64_t>(options_.bars);
        Progress progress(context.error_style, system_clock(), "bars", total);
        options_.progress = [&](std::uint64_t made) { progress.update(made); };
        options_.cancelled = os::interrupted;
        const Result<std::string> document = make_synthetic(options_);
        progress.clear();
        if (!document) return fail(document.error());
        print(*document, context);
        return ExitCode::kOk;
    }

private:
    Status prepare() {
        ASSIGN_OR_RETURN(options_.interval, backtest::parse_interval(interval_));
        if (const auto day = parse_day(start_)) {
            options_.start = *day;
        } else {
            return fail(ErrorCode::kInvalidArgument,
                        "--start: found '{}', expected a date such as 2024-01-01", start_);
        }
        return name_flags(check_synth_options(options_));
    }

    void print(const std::string& document, Context& context) const {
        if (context.format == Format::kJson || context.format == Format::kNdjson) {
            context.out.print("{}\n", document);
            return;
        }
        const auto rows = context.rows({{"field"}, {"value"}});
        for (const EventField& field : flattened_fields(document)) {
            rows->row({field.name, leaf_text(field.json, field.name)});
        }
        rows->finish();
        if (context.format != Format::kTable) return;
        const auto path = [&](const char* file) { return os::join_path(options_.directory, file); };
        context.out.print(
            "\nUse: daybook backtest policy --calls {} --candles {} --interval {} --policy …\n",
            path("calls.csv"), path("candles.parquet"), interval_);
    }

    backtest::SynthOptions options_;
    std::string interval_ = "1m";
    std::string start_ = "2024-01-01";
};

}  // namespace

extern constinit const CommandInfo kBacktestSynthCommand = {
    .name = "backtest synth",
    .summary = "Makes up candles and calls, as many as you like, the same for the same seed",
    .details =
        "Prices follow geometric Brownian motion with jumps, in a market that changes between\n"
        "calm and turbulent; calls are random, so no policy can profit from them.  It writes\n"
        "candles.parquet, calls.csv, calls.parquet and synth.json, which has every parameter.\n"
        "Runs on these candles are marked as synthetic in their configuration and summary.",
    .examples =
        "daybook backtest synth --out /tmp/s --symbols 20 --bars 43200 --calls 1000 --seed 7\n"
        "# then\n"
        "daybook backtest policy --calls /tmp/s/calls.csv --candles /tmp/s/candles.parquet \\\n"
        "    --policy '{\"kind\":\"fixed_stop\",\"stopPct\":0.1,\"takeProfitPct\":0.2}'",
    .common_flags = kFormatFlag,
    .make = make_command<SynthCommand>,
};

}  // namespace daybook::cli
