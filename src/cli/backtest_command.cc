#include "cli/backtest_command.h"

#include <memory>
#include <mutex>
#include <utility>
#include <variant>

#include "backtest/inputs.h"
#include "backtest/session.h"
#include "base/clock.h"
#include "base/random.h"
#include "capture/code_state.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/index_session.h"
#include "cli/json_fields.h"
#include "cli/outer_run.h"
#include "cli/progress.h"
#include "cli/run_finder.h"
#include "ledger/environment_recorder.h"
#include "ledger/event_log.h"
#include "ledger/ledger_dir.h"
#include "os/file.h"
#include "os/interrupt.h"
#include "os/process.h"

namespace daybook::cli {
namespace {

// A policy is a few lines of JSON.
constexpr std::size_t kPolicyBytesMax = std::size_t{1} << 20;

// The ledger as a sink.  One that is there is opened at once, so that it refuses before anything is
// done; one that is not is made with the first event, so that inputs which are refused leave
// nothing.  Each run that it records is followed by the state of the code, which destroying it
// waits for, and is a child of `parent` unless it is one of another run.
class LedgerSink final : public event::EventSink {
public:
    LedgerSink(const std::string& directory, const capture::Settings& settings,
               std::optional<std::string> parent)
        : dir_(directory), settings_(settings), parent_(std::move(parent)) {}

    Status open_if_there() {
        ASSIGN_OR_RETURN(const bool there, os::exists(dir_.manifest_path()));
        return there ? open() : Status();
    }

    const log::Layout& layout() const { return dir_.layout(); }

    Result<event::Receipt> emit(std::string_view run_id, const event::Payload& payload,
                                const event::EmitOptions& options) override {
        const std::lock_guard lock(mutex_);
        if (log_ == nullptr) RETURN_IF_ERROR(open());
        const auto* const created = std::get_if<event::RunCreated>(&payload);
        if (created == nullptr) return log_->emit(run_id, payload, options);
        event::RunCreated child = *created;
        if (!child.parent_run_id && parent_ && *parent_ != run_id) child.parent_run_id = *parent_;
        Result<event::Receipt> receipt = log_->emit(run_id, child, options);
        if (receipt && settings_.enabled) {
            capture::CodeQuestion question = capture::ask_about_code(settings_);
            question.given_up = &os::interrupt_flag();
            environments_->request(std::string(run_id), std::move(question));
        }
        return receipt;
    }

private:
    Status open() {
        ASSIGN_OR_RETURN(log_, ledger::EventLog::open(dir_, {.on_warning = report_note}));
        environments_ =
            std::make_unique<ledger::EnvironmentRecorder>(*log_, dir_.root(), report_note);
        return {};
    }

    ledger::LedgerDir dir_;
    capture::Settings settings_;
    std::optional<std::string> parent_;
    std::mutex mutex_;
    std::unique_ptr<ledger::EventLog> log_;
    std::unique_ptr<ledger::EnvironmentRecorder> environments_;
};

// A program gets each number as it was written, in full.
Cell value_of(const EventField& field, Format format) {
    if (field.json == "null") return nullptr;
    if (format == Format::kCsv && !field.json.starts_with('"')) return JsonText{field.json};
    return leaf_text(field.json, field.name);
}

}  // namespace

void BacktestCommand::declare(CLI::App& app) {
    app.add_option("--calls", calls_, "Calls: CSV, Parquet, or FILE.duckdb#TABLE")
        ->type_name("FILE")
        ->required();
    app.add_option("--candles", candles_, "Candles: CSV or Parquet, a file, glob or directory")
        ->type_name("FILE")
        ->required();
    add_choice(app, "--interval", interval_, "1s|15s|1m|5m|15m|1h|4h|1d", "Length of a bar (1m)");
    app.add_option("--symbol", symbol_, "Symbol of candles that do not name it")->type_name("NAME");
    app.add_option("--max-hold", max_hold_,
                   fmt::format("Window of a call: bars, or a time such as 24h ({})", max_hold_))
        ->type_name("SPAN");
    app.add_option("--warm-up", warm_up_, "Bars before the call that must be there (0)")
        ->type_name("BARS");
    app.add_option("--entry-delay", entry_delay_, "From the call to the entry: bars or a time (0)")
        ->type_name("SPAN");
    add_choice(app, "--calendar", calendar_, "observed|24x7",
               "Which bars there should be (observed for 1d, else 24x7)");
    app.add_option("--min-coverage", min_coverage_, "Bars present / expected, at least (0.95)")
        ->type_name("SHARE");
    app.add_flag("--require-full-window", require_full_window_,
                 "Exclude calls whose bars end early (looks ahead)");
    add_choice(app, "--on-bad-data", on_bad_data_, "fail|drop|warn", "What a bad bar does (fail)");
    add_choice(app, "--execution", execution_, "strict|classic", "How orders fill (strict)");
    app.add_option("--from", from_, "Calls of this UTC day and later")->type_name("DATE");
    app.add_option("--to", to_, "Calls of this UTC day and earlier")->type_name("DATE");
    app.add_option("--run-id", run_id_, "The run's id (made up if it is not given)")
        ->type_name("ID");
    app.add_flag("--resume", resume_, "Go on with a run that did not complete");
    app.add_option("--name", name_, "The run's name, for people")->type_name("NAME");
    app.add_option("--experiment", experiment_, "What the run belongs to")->type_name("NAME");
    app.add_option("--tag", tags_, "A label; may be repeated")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    app.add_option("--threads", threads_, "Threads (one for each processor)")->type_name("N");
    add_no_capture(app, no_capture_);
    app.add_flag("--no-index", no_index_, "Do not start 'daybook index' at the end");
}

Result<backtest::InputOptions> BacktestCommand::input() const {
    backtest::InputOptions options;
    options.calls = calls_;
    options.candles = candles_;
    ASSIGN_OR_RETURN(options.interval, backtest::parse_interval(interval_));
    options.symbol = symbol_;
    const auto span = [](const char* flag, const std::string& text) {
        return backtest::parse_span(text).map_error(
            [&](const Error& error) { return error.with_context(flag); });
    };
    ASSIGN_OR_RETURN(options.max_hold, span("--max-hold", max_hold_));
    ASSIGN_OR_RETURN(options.entry_delay, span("--entry-delay", entry_delay_));
    options.warm_up_bars = warm_up_;
    if (!calendar_.empty()) {
        ASSIGN_OR_RETURN(options.calendar, backtest::parse_calendar(calendar_));
    }
    options.min_coverage = min_coverage_;
    options.require_full_window = require_full_window_;
    ASSIGN_OR_RETURN(options.on_bad_data, backtest::parse_on_bad_data(on_bad_data_));
    const auto day = [](const char* flag, const std::string& text) -> Result<std::optional<Day>> {
        if (text.empty()) return std::nullopt;
        if (const auto parsed = parse_day(text)) return parsed;
        return fail(ErrorCode::kInvalidArgument,
                    "{}: found '{}', expected a date such as 2026-01-23", flag, text);
    };
    ASSIGN_OR_RETURN(options.from, day("--from", from_));
    ASSIGN_OR_RETURN(options.to, day("--to", to_));
    RETURN_IF_ERROR(name_flags(check_input_options(options)));
    return options;
}

Result<backtest::RunOptions> BacktestCommand::run_options() const {
    backtest::RunOptions options;
    options.run_id = run_id_;
    options.resume = resume_;
    options.name = name_;
    options.experiment = experiment_;
    options.threads = threads_;
    for (const std::string& tag : tags_) {
        const std::size_t sign = tag.find('=');
        if (sign == std::string::npos || sign == 0) {
            return fail(ErrorCode::kInvalidArgument, "--tag: found '{}', expected KEY=VALUE", tag);
        }
        options.tags.emplace_back(tag.substr(0, sign), tag.substr(sign + 1));
    }
    RETURN_IF_ERROR(name_flags(check_run_options(options)));
    return options;
}

Result<backtest::RunSummary> BacktestCommand::backtest_into(const std::string& directory,
                                                            const Origin& origin,
                                                            Context& context) {
    LedgerSink sink(directory, origin.settings(), outer_run(directory));
    RETURN_IF_ERROR(sink.open_if_there());
    SeededRandom random(random_seed());
    RunFinder finder(ledger::LedgerDir(sink.layout().root()));
    std::optional<Progress> progress;
    std::string phase;
    const backtest::RunContext run_context{
        .ledger_dir = directory,
        .sink = sink,
        .clock = system_clock(),
        .random = random,
        .owner = origin.owner(),
        .environment = origin.environment(),
        .find_run = [&](const std::string& run_id) { return finder.find(run_id); },
        .progress =
            [&](const backtest::Progress& step) {
                if (step.phase != phase || !progress) {
                    phase = step.phase;
                    progress.emplace(context.error_style, system_clock(), phase, step.total);
                }
                progress->update(step.done);
            },
        .warn =
            [&](const std::string& warning) {
                progress.reset();
                report_note("warning: " + warning);
            },
        .cancelled = os::interrupted};
    return backtest(run_context);
}

void BacktestCommand::print(const backtest::RunSummary& summary, Context& context) {
    if (context.format == Format::kJson || context.format == Format::kNdjson) {
        context.out.print("{}\n", summary.json);
        return;
    }
    const auto rows = context.rows({{"field"}, {"value"}});
    for (const EventField& field : flattened_fields(summary.json)) {
        // What does not apply has no line in a table; a program gets every field.
        const bool is_table = context.format == Format::kTable;
        if (is_table && (field.json == "null" || is_formula(field.name))) continue;
        rows->row({field.name, value_of(field, context.format)});
    }
    rows->finish();
    if (context.format == Format::kTable) {
        context.out.print("\nMore: daybook show {}\n", summary.run_id);
    }
}

// The index is brought up to date by a process of its own, so that nobody has to wait for it; where
// a daemon is at work it will be anyway.
void BacktestCommand::start_index(const std::string& directory) const {
    if (no_index_) return;
    if (has_daemon(directory)) return;
    const Status started = os::spawn_detached(
        {os::executable_path(), "index", "--ledger", os::canonical_path(directory)});
    if (!started) report_note("warning: " + started.error().message());
}

Result<ExitCode> BacktestCommand::run(Context& context) {
    const Status prepared = prepare();
    if (!prepared) return context.report(prepared.error(), ExitCode::kUsage);
    const Result<Origin> origin = Origin::make(context.arguments, no_capture_);
    if (!origin) return context.report(origin.error(), ExitCode::kUsage);
    const std::string directory = context.ledger_location().path;
    const Result<backtest::RunSummary> summary = backtest_into(directory, *origin, context);
    if (!summary) {
        const Error& error = summary.error();
        // Nothing was recorded of inputs that were refused; all else is in the ledger.
        if (error.code() == ErrorCode::kCancelled) start_index(directory);
        return fail(error);
    }
    start_index(directory);
    print(*summary, context);
    return ExitCode::kOk;
}

Result<backtest::Policy> read_policy(const std::string& value) {
    if (value.empty()) {
        return fail(ErrorCode::kInvalidArgument,
                    "--policy: it is empty, expected a JSON object or the name of a file");
    }
    const bool is_json = value.find_first_of("{[") != std::string::npos;
    std::string text = value;
    if (!is_json) {
        auto read = os::read_file(value, kPolicyBytesMax);
        if (!read) return fail(read.error().with_context("--policy"));
        text = std::move(*read);
    }
    return backtest::parse_policy(text).map_error([&](const Error& error) {
        return error.with_context(is_json ? "--policy" : "--policy " + value);
    });
}

}  // namespace daybook::cli
