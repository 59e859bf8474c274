// daybook demo: real backtests, side by side on one ledger, and what they leave in it.

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "backtest/options.h"
#include "base/calendar.h"
#include "base/clock.h"
#include "cli/context.h"
#include "cli/demo_plan.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/index_session.h"
#include "cli/progress.h"
#include "cli/rows_output.h"
#include "cli/run_report.h"
#include "index/builder.h"
#include "os/child.h"
#include "os/file.h"
#include "os/interrupt.h"
#include "os/process.h"

namespace daybook::cli {
namespace {

constexpr auto kPollInterval = std::chrono::milliseconds(20);
constexpr std::size_t kLogBytesMax = std::size_t{1} << 20;

// "20260123-091500-250": another one for each demo.
std::string series_of(TimestampMs now) {
    std::string series;
    for (const char c : to_iso8601(now)) {
        if (c >= '0' && c <= '9') series += c;
    }
    return fmt::format("{}-{}-{}", series.substr(0, 8), series.substr(8, 6), series.substr(14));
}

struct Started {
    DemoRun run;
    std::string output_path;
    os::Child child;
    bool ended = false;
};

class DemoCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("--prices", prices_, "Daily bars of the S&P 500 (those of examples/data)")
            ->type_name("FILE");
    }

    Result<ExitCode> run(Context& context) override {
        const std::int64_t begin_ns = system_clock().monotonic_ns();
        DemoFiles files;
        const auto prices = prices_.empty() ? find_demo_prices(context.ledger.working_directory,
                                                               os::executable_path())
                                            : Result<std::string>(prices_);
        if (!prices) return context.report(prices.error(), ExitCode::kUsage);
        files.prices = *prices;
        files.ledger = context.ledger_location().path;
        const std::string directory = files.ledger + "/artifacts/demo";
        RETURN_IF_ERROR(os::make_dirs(directory));
        files.calls = directory + "/calls.csv";
        ASSIGN_OR_RETURN(const std::uint64_t calls,
                         backtest::derive_calls(files.prices, files.calls));

        const std::string series = series_of(system_clock().now());
        const std::vector<DemoRun> runs = demo_runs(series, files);
        context.out.print(
            "{} calls on {}\n{} backtests at once, each a process, on the ledger {}\n\n", calls,
            files.prices, runs.size(), files.ledger);
        context.out.flush();
        RETURN_IF_ERROR(run_all(runs, directory, context));
        ASSIGN_OR_RETURN(const index::BuildReport report, index::build(files.ledger));
        context.out.print("\n{}: {} events indexed in {}\n", report.snapshot,
                          human_count(report.events),
                          human_duration(static_cast<std::int64_t>(report.seconds * 1000)));

        ASSIGN_OR_RETURN(query::Session session, query::Session::open(files.ledger));
        RETURN_IF_ERROR(print_results(session, series, runs, context));
        RETURN_IF_ERROR(check(session, series, runs.size()));
        print_next(runs, begin_ns, context);
        return ExitCode::kOk;
    }

private:
    static Status run_all(const std::vector<DemoRun>& runs, const std::string& directory,
                          Context& context);
    static Status print_results(query::Session& session, const std::string& series,
                                const std::vector<DemoRun>& runs, Context& context);
    static Status check(query::Session& session, const std::string& series, std::size_t runs);
    static void print_next(const std::vector<DemoRun>& runs, std::int64_t begin_ns,
                           Context& context);

    std::string prices_;
};

// What the program said that went wrong.
Error failure_of(const Started& started, int exit_code) {
    std::string output = os::read_file(started.output_path, kLogBytesMax).value_or("");
    output.erase(output.find_last_not_of('\n') + 1);
    return Error(
        exit_code == 130 ? ErrorCode::kCancelled : ErrorCode::kInternal,
        fmt::format("demo: {} ended with exit code {}:\n{}", started.run.name, exit_code, output));
}

Status DemoCommand::run_all(const std::vector<DemoRun>& runs, const std::string& directory,
                            Context& context) {
    std::vector<Started> all;
    const std::int64_t begin_ns = system_clock().monotonic_ns();
    for (const DemoRun& run : runs) {
        std::vector<std::string> argv = {os::executable_path()};
        argv.insert(argv.end(), run.arguments.begin(), run.arguments.end());
        std::string output_path = fmt::format("{}/{}.out", directory, run.name);
        ASSIGN_OR_RETURN(os::Child child, os::Child::start(argv, output_path));
        all.push_back(
            {.run = run, .output_path = std::move(output_path), .child = std::move(child)});
    }
    Progress progress(context.error_style, system_clock(), "backtests", runs.size());
    bool asked_to_stop = false;
    std::optional<Error> failure;
    for (std::size_t ended = 0; ended < all.size();) {
        if (os::interrupted() && !std::exchange(asked_to_stop, true)) {
            for (Started& each : all) each.child.interrupt();
        }
        for (Started& each : all) {
            if (each.ended) continue;
            ASSIGN_OR_RETURN(const std::optional<int> code, each.child.poll());
            if (!code) continue;
            each.ended = true;
            ++ended;
            if (*code != 0 && !failure) failure = failure_of(each, *code);
            const std::int64_t elapsed_ns = system_clock().monotonic_ns() - begin_ns;
            progress.clear();
            context.out.print("  {} {}  after {}\n", *code == 0 ? "done  " : "FAILED",
                              each.run.name, human_duration(elapsed_ns / 1'000'000));
            context.out.flush();
        }
        progress.update(ended);
        std::this_thread::sleep_for(kPollInterval);
    }
    if (failure) return fail(std::move(*failure));
    return {};
}

Status print_query(query::Session& session, std::string_view title, const std::string& sql,
                   const std::string& series, Context& context) {
    context.out.print("\n{}\n", title);
    ASSIGN_OR_RETURN(duck::Rows rows, session.query(sql, {"demo-" + series + "-%"}));
    std::vector<Column> columns = columns_of(rows, [](const std::string& name) {
        return name.ends_with("_ms") ? Unit::kDurationMs : Unit::kMeasured;
    });
    for (Column& column : columns) {
        if (column.unit == Unit::kDurationMs) {
            column.title = column.name.substr(0, column.name.size() - 3);
        }
    }
    const auto writer = make_row_writer(Format::kTable, columns, context.style, context.out);
    RETURN_IF_ERROR(write_rows(rows, *writer, context.out));
    return {};
}

Status DemoCommand::print_results(query::Session& session, const std::string& series,
                                  const std::vector<DemoRun>& runs, Context& context) {
    RETURN_IF_ERROR(print_query(
        session, "Latest runs",
        "SELECT name, run_type, status, duration_ms, trials, artifacts FROM latest_runs "
        "WHERE run_id LIKE $1",
        series, context));
    context.out.print("\n{}", runs.back().run_id);
    RETURN_IF_ERROR(print_phases(session, runs.back().run_id, context));
    RETURN_IF_ERROR(
        print_query(session, "Walk forward: chosen on the calls before, tested on the next",
                    "SELECT name, summary_json->>'policy_id' AS policy, "
                    "CAST(summary_json->>'calls_train' AS BIGINT) AS calls_train, "
                    "CAST(summary_json->>'calls_purged' AS BIGINT) AS purged, "
                    "CAST(summary_json->>'calls_test' AS BIGINT) AS calls_test, "
                    "CAST(summary_json->>'train_score' AS DOUBLE) AS train_score, "
                    "CAST(summary_json->>'test_score' AS DOUBLE) AS test_score "
                    "FROM runs_status JOIN runs_d USING (run_id) "
                    "WHERE run_id LIKE $1 AND parent_run_id IS NOT NULL ORDER BY run_id",
                    series, context));
    return print_query(
        session, "Best policies (mean return of a call, costs included)",
        "SELECT trial_id AS policy, metric_values['mean_return_bps'] AS mean_return_bps, "
        "metric_values['median_return_bps'] AS median_return_bps, "
        "metric_values['stop_out_rate'] AS stop_out_rate, "
        "metric_values['mean_mae_bps'] AS mean_adverse_bps, "
        "CAST(metric_values['mean_time_exposed_ms'] AS BIGINT) AS mean_time_exposed_ms, "
        "CAST(metric_values['calls_executed'] AS BIGINT) AS trades "
        "FROM trial_results WHERE run_id LIKE $1 AND run_id NOT LIKE '%-walk-forward%' ORDER BY "
        "mean_return_bps DESC, policy",
        series, context);
}

// A demo that shows nothing must not pass for one.
Status DemoCommand::check(query::Session& session, const std::string& series, std::size_t runs) {
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        session.query(
            "SELECT count(*), coalesce(min(CAST(summary_json->>'calls_eligible' AS BIGINT)), 0), "
            "coalesce(min(CAST(summary_json->>'calls_executed' AS BIGINT)) "
            "FILTER (run_type = 'policy'), 0), count(*) FILTER (status = 'completed'), "
            "coalesce(max(CAST(summary_json->'validation'->>'splits_chosen' AS BIGINT)), 0) "
            "FROM runs_status JOIN runs_d USING (run_id) "
            "WHERE run_id LIKE $1 AND parent_run_id IS NULL",
            {"demo-" + series + "-%"}));
    ASSIGN_OR_RETURN(const bool there, rows.next());
    if (!there || rows.get_int64(0) != static_cast<std::int64_t>(runs) ||
        rows.get_int64(3) != static_cast<std::int64_t>(runs)) {
        return fail(ErrorCode::kInternal, "demo: {} of {} runs are in the index as completed",
                    there ? rows.get_int64(3) : 0, runs);
    }
    if (rows.get_int64(1) < 100 || rows.get_int64(2) < 1) {
        return fail(ErrorCode::kInternal,
                    "demo: a run has {} eligible calls and {} trades, expected at least 100 and 1",
                    rows.get_int64(1), rows.get_int64(2));
    }
    if (rows.get_int64(4) < 1) {
        return fail(ErrorCode::kInternal, "demo: no fold of the search has a feasible policy");
    }
    return {};
}

void DemoCommand::print_next(const std::vector<DemoRun>& runs, std::int64_t begin_ns,
                             Context& context) {
    const std::int64_t elapsed_ms = (system_clock().monotonic_ns() - begin_ns) / 1'000'000;
    context.out.print("\n{} runs, each with at least 100 eligible calls and a trade, in {}.\n",
                      runs.size(), human_duration(elapsed_ms));
    const std::string program =
        context.arguments.empty() ? std::string("daybook") : context.arguments.front();
    const std::string ledger =
        context.ledger.flag.empty() ? "" : fmt::format(" --ledger {}", context.ledger.flag);
    context.out.print(
        "\nWhat to type next:\n"
        "  {0} runs{1}\n"
        "  {0} show @latest{1}\n"
        "  {0} tail --type run.{1}\n"
        "  {0} query{1} 'SELECT run_id, phase_names, phase_durations_ms FROM run_phase_summary'\n"
        "  {0} verify{1}\n",
        program, ledger);
}

}  // namespace

extern constinit const CommandInfo kDemoCommand = {
    .name = "demo",
    .summary = "Runs real backtests side by side on one ledger, and shows what they left",
    .details =
        "One path-only and eight policy backtests and a search that walks forward, on twenty "
        "years\n"
        "of the S&P 500, with calls that three plain rules make (examples/calls.sql).  It can be "
        "run\n"
        "again and again.",
    .examples =
        "daybook demo\n"
        "daybook demo --ledger /tmp/ledger",
    .common_flags = kLedgerFlag,
    .make = make_command<DemoCommand>,
};

}  // namespace daybook::cli
