// What a backtest is asked to do, and what it answers: all a caller without a command line needs.
//
//     PolicyOptions options;
//     options.input.calls = "calls.csv";
//     options.input.candles = "candles/*.parquet";
//     ASSIGN_OR_RETURN(options.input.interval, parse_interval("1d"));
//     ASSIGN_OR_RETURN(options.policy, parse_policy(R"({"kind":"fixed_stop","stopPct":0.05})"));
//     ASSIGN_OR_RETURN(RunSummary summary, run_policy(options, context));
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backtest/interval.h"
#include "backtest/order_options.h"
#include "backtest/policy.h"
#include "base/calendar.h"
#include "base/clock.h"
#include "base/random.h"
#include "event/sink.h"

namespace daybook::backtest {

// How orders fill.  `strict` never looks ahead and never fills better than the bar allows;
// `classic` fills exactly at the trigger, the entry bar included.  See docs/guide/backtests.md.
enum class Execution { kStrict, kClassic };
// Which bars there should be: those that some symbol has, or every one of the interval's grid.
enum class CalendarKind { kObserved, kAlways };
// What a bar that cannot be right does: end the run; be left out and exclude the calls that then
// lack bars; be reported and used where it can be.
enum class OnBadData { kFail, kDrop, kWarn };

const char* to_string(Execution execution);    // "strict", "classic"
const char* to_string(CalendarKind calendar);  // "observed", "24x7"
const char* to_string(OnBadData on_bad_data);  // "fail", "drop", "warn"
Result<Execution> parse_execution(std::string_view text);
Result<CalendarKind> parse_calendar(std::string_view text);
Result<OnBadData> parse_on_bad_data(std::string_view text);

// Calls, candles, and the windows between them.
struct InputOptions {
    // CSV or Parquet, or a table of a DuckDB file: "calls.duckdb#table" (without "#…": `calls`).
    std::string calls;
    // CSV or Parquet: one file, a glob, or the directory of a hive tree.
    std::string candles;
    Interval interval;
    // The symbol of candles that have no column of it.
    std::optional<std::string> symbol;
    Span max_hold = Span::bars(1440);
    std::int64_t warm_up_bars = 0;
    Span entry_delay = Span::bars(0);
    // Unset: observed for 1d, else 24x7.
    std::optional<CalendarKind> calendar;
    double min_coverage = 0.95;
    bool require_full_window = false;
    OnBadData on_bad_data = OnBadData::kFail;
    // Calls of these UTC days only, both inclusive.
    std::optional<Day> from;
    std::optional<Day> to;
};

// How the run is called and carried out; none of it changes a row.
struct RunOptions {
    std::optional<std::string> run_id;  // unset: one is made
    bool resume = false;
    std::optional<std::string> name;
    std::optional<std::string> experiment;
    std::vector<std::pair<std::string, std::string>> tags;
    unsigned threads = 0;  // 0: one for each processor
};

struct PathOnlyOptions {
    InputOptions input;
    RunOptions run;
    Execution execution = Execution::kStrict;
    double activity_move = 0.1;
};

struct PolicyOptions {
    InputOptions input;
    RunOptions run;
    Execution execution = Execution::kStrict;
    Policy policy;
    std::optional<std::string> policy_id;  // unset: policy_id(policy)
    double taker_fee_bps = 30;             // a side
    double slippage_bps = 10;              // a side; of CostModel::kBps only
    OrderOptions orders{};
};

// What the ledger knows of a run that exists already.
struct ExistingRun {
    std::string run_type;
    std::string config_json;
    std::string data_fingerprint;
    std::int64_t attempt = 1;  // of the latest start; 0 if it never started
    bool completed = false;
    // What still carries it on, such as "process 4711"; empty: nothing that can be seen.
    std::string carried_on_by{};
    std::set<std::string> trials{};  // ids of the trials that are recorded
};

struct Progress {
    std::string_view phase;
    std::uint64_t done = 0;   // of `total`; what is counted depends on the phase
    std::uint64_t total = 0;  // 0: not known
};

// What a backtest needs of the world.  What it refers to must outlive the call.
struct RunContext {
    std::string ledger_dir;
    event::EventSink& sink;
    const Clock& clock;
    RandomSource& random;
    // The process that the run dies with, and where it was started.
    event::Owner owner;
    std::optional<event::Environment> environment;
    // Looks a run up in the ledger; unset: no run exists.
    std::function<Result<std::optional<ExistingRun>>(const std::string& run_id)> find_run;
    // Called from the calling thread only; either may be unset.
    std::function<void(const Progress&)> progress;
    std::function<void(const std::string& warning)> warn;
    // Asked now and then, from all threads: true ends the run with run.cancelled and kCancelled.
    std::function<bool()> cancelled{};

    bool is_cancelled() const { return cancelled && cancelled(); }
};

// An artifact of the run; the path is relative to the ledger's directory.
struct RunArtifact {
    std::string type;
    std::string path;
    std::uint64_t rows = 0;
    std::uint64_t size_bytes = 0;
    std::string sha256;
};

struct RunSummary {
    std::string run_id;
    std::string run_type;
    std::string data_fingerprint;
    std::uint64_t calls_selected = 0;
    std::uint64_t calls_eligible = 0;
    std::uint64_t calls_excluded = 0;
    std::uint64_t rows = 0;  // of paths or trades
    std::vector<RunArtifact> artifacts;
    // The document that run.completed carries: schemas/documents/backtest_summary.json.
    std::string json;
};

// Runs a backtest, emitting its events into `context.sink` and storing its artifacts under
// `context.ledger_dir`.  Inputs that are refused leave nothing behind: the run is created only once
// they are known to be good, because run.created carries their fingerprint.  What goes wrong after
// that is recorded as run.failed, then returned.
Result<RunSummary> run_path_only(const PathOnlyOptions& options, const RunContext& context);
// The same as a baseline of all calls: path metrics, and a baseline.completed.
Result<RunSummary> run_baseline(const PathOnlyOptions& options, const RunContext& context);
Result<RunSummary> run_policy(const PolicyOptions& options, const RunContext& context);

// Derives the demo's calls from daily prices by the rules of examples/calls.sql: reads `prices_csv`
// (date, open, high, low, close, volume), writes `calls_csv` (id, caller, mint, created_at) and
// returns the number of calls.
Result<std::uint64_t> derive_calls(const std::string& prices_csv, const std::string& calls_csv,
                                   const std::string& symbol = "SPX");

}  // namespace daybook::backtest
