#include "backtest/session.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "backtest/parallel.h"
#include "backtest/slice_source.h"
#include "backtest/spacing.h"
#include "base/calendar.h"
#include "base/limits.h"
#include "event/run_id.h"

namespace daybook::backtest {
namespace {

Status check_run_id(const std::string& run_id) {
    const bool has_control = std::any_of(run_id.begin(), run_id.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    if (run_id.empty() || run_id.size() > kNameBytesMax || has_control) {
        return fail(ErrorCode::kInvalidArgument,
                    "run-id: found {} bytes{}, expected 1 to {} without control characters",
                    run_id.size(), has_control ? " with control characters" : "", kNameBytesMax);
    }
    return {};
}

}  // namespace

Status check_run_options(const RunOptions& options) {
    if (options.run_id) return check_run_id(*options.run_id);
    if (!options.resume) return {};
    return fail(ErrorCode::kInvalidArgument, "resume: no run id was given to be resumed");
}

Status check_same_type(const std::string& run_id, const std::string& recorded,
                       const std::string& wanted) {
    if (recorded == wanted) return {};
    return fail(ErrorCode::kInvalidArgument,
                "resume run {}: found type {}, the run was made as {}; resume it with the command "
                "that made it",
                run_id, wanted, recorded);
}

std::string numbered_part(std::string_view kind, std::size_t number, std::size_t count) {
    return fmt::format("{}-{:0{}}", kind, number, fmt::formatted_size("{}", count));
}

std::string part_run_id(const std::string& run_id, const std::string& suffix) {
    return run_id + "." + suffix;
}

Result<std::unique_ptr<Session>> Session::begin(const SessionSpec& spec,
                                                const RunContext& context) {
    RETURN_IF_ERROR(check_input_options(spec.input));
    RETURN_IF_ERROR(check_run_options(spec.run));
    const std::int64_t begin_ns = context.clock.monotonic_ns();
    ASSIGN_OR_RETURN(duck::Database database,
                     duck::Database::open_in_memory({.threads = spec.run.threads}));
    ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
    ASSIGN_OR_RETURN(Inputs inputs, read_inputs(connection, spec.input, spec.longest_hold_ms,
                                                context.cancelled, spec.needs));
    std::unique_ptr<Session> session(
        new Session(spec, context, std::move(inputs), std::move(database), std::move(connection)));
    RETURN_IF_ERROR(session->start(spec, (context.clock.monotonic_ns() - begin_ns) / 1'000'000));
    return session;
}

Status Session::check_parts(const std::string& run_id,
                            const std::vector<std::string>& parts) const {
    for (const std::string& suffix : parts) {
        const std::string part = part_run_id(run_id, suffix);
        if (part.size() > kNameBytesMax) {
            return fail(ErrorCode::kInvalidArgument,
                        "run-id: found {} bytes, which leaves no room for the run {} below it; "
                        "expected at most {}",
                        run_id.size(), suffix, kNameBytesMax - (part.size() - run_id.size()));
        }
        if (!context_.find_run) continue;
        ASSIGN_OR_RETURN(const std::optional<ExistingRun> taken, context_.find_run(part));
        if (taken) {
            return fail(ErrorCode::kAlreadyExists,
                        "run {}: the run {}, which would be a part of it, exists already; choose "
                        "another run id",
                        run_id, part);
        }
    }
    return {};
}

// A run id that the ledger knows is taken, unless it is to be resumed and is the same run.
Result<RunDefinition> Session::define(const SessionSpec& spec) {
    RunDefinition definition{
        .run_id = run_.run_id
                      ? *run_.run_id
                      : event::make_run_id(spec.run_type, context_.clock.now(),
                                           static_cast<std::uint32_t>(context_.random.next())),
        .run_type = spec.run_type,
        .config_json = config_json_,
        .data_fingerprint = inputs_.fingerprint};
    if (!context_.find_run) return definition;
    ASSIGN_OR_RETURN(const std::optional<ExistingRun> existing,
                     context_.find_run(definition.run_id));
    const std::string& run_id = definition.run_id;
    if (!existing && run_.resume) {
        return fail(ErrorCode::kNotFound, "no run {} to resume in {}", run_id, context_.ledger_dir);
    }
    if (!existing) {
        RETURN_IF_ERROR(check_parts(run_id, spec.parts));
        return definition;
    }
    if (!run_.resume) {
        return fail(ErrorCode::kAlreadyExists,
                    "run {}: it exists already; choose another run id, or resume it", run_id);
    }
    if (existing->completed) {
        return fail(ErrorCode::kAlreadyExists, "run {}: it is completed; nothing is to be resumed",
                    run_id);
    }
    if (!existing->carried_on_by.empty()) {
        return fail(ErrorCode::kAlreadyExists,
                    "run {}: {} still carries it on; wait for its end, or end it and resume then",
                    run_id, existing->carried_on_by);
    }
    RETURN_IF_ERROR(check_same_type(run_id, existing->run_type, spec.run_type));
    if (const Status same = check_same_config(existing->config_json, config_json_); !same) {
        return fail(same.error().with_context(fmt::format("resume run {}", run_id)));
    }
    if (existing->data_fingerprint != inputs_.fingerprint) {
        return fail(ErrorCode::kInvalidArgument,
                    "resume run {}: the data are not the same: found fingerprint {}, the run was "
                    "made with {}",
                    run_id, inputs_.fingerprint, existing->data_fingerprint);
    }
    definition.attempt = existing->attempt + 1;
    definition.resumed = true;
    definition.recorded_trials = existing->trials;
    return definition;
}

Status Session::warn_of(const SessionSpec& spec) {
    if (!context_.warn) return {};
    if (spec.input.require_full_window) {
        context_.warn(
            "require-full-window looks ahead: whether a call is kept depends on bars after it");
    }
    if (inputs_.calls.duplicates > 0) {
        context_.warn(fmt::format("calls: {} rows repeat an id; the earliest of each was kept",
                                  inputs_.calls.duplicates));
    }
    for (const std::string& jump : inputs_.jumps) context_.warn(jump);
    if (inputs_.candles.bad_bars > 0) {
        context_.warn(fmt::format("candles: {} bad bars:\n  {}", inputs_.candles.bad_bars,
                                  fmt::join(inputs_.candles.reports, "\n  ")));
    }
    return {};
}

Status Session::start(const SessionSpec& spec, std::int64_t inputs_ms) {
    ASSIGN_OR_RETURN(RunDefinition definition, define(spec));
    ASSIGN_OR_RETURN(
        artifact::RunStore store,
        artifact::RunStore::create(context_.ledger_dir, definition.run_id, run_.resume));
    store_ = std::make_unique<artifact::RunStore>(std::move(store));
    RETURN_IF_ERROR(warn_of(spec));
    events_ = std::make_unique<RunEvents>(context_, std::move(definition));
    if (Status created = events_->create(run_); !created) {
        // There is no run: its id must not look taken.
        (void)store_->discard();
        return created;
    }
    RETURN_IF_ERROR(events_->start());

    const auto plan = [&]() -> Result<std::string> {
        RETURN_IF_ERROR(store_json("config_json", "config", config_json_));
        take_stored();
        return plan_summary(inputs_, inputs_ms);
    };
    RETURN_IF_ERROR(events_->phase("plan", plan));

    const auto coverage = [&]() -> Result<std::string> {
        calls_ = prepare_calls(inputs_, input_);
        count_calls();
        return coverage_summary(counts_);
    };
    RETURN_IF_ERROR(events_->phase("coverage", coverage));

    const auto slice = [&]() -> Result<std::string> {
        RETURN_IF_ERROR(store_slice());
        return stored_summary(take_stored());
    };
    RETURN_IF_ERROR(events_->phase("slice", slice));

    const auto load = [&]() -> Result<std::string> {
        return load_summary(std::ssize(inputs_.candles.bars), counts_.bars);
    };
    return events_->phase("load", load);
}

void Session::count_calls() {
    std::vector<std::size_t> all(calls_.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    counts_ = backtest::count_calls(inputs_, calls_, all);
    counts_.duplicates = static_cast<std::int64_t>(inputs_.calls.duplicates);
    counts_.bad_bars = static_cast<std::int64_t>(inputs_.candles.bad_bars);
    warn_of_late_entries();
    if (counts_.eligible == 0 && context_.warn) {
        context_.warn(fmt::format("no call is eligible: {}; the run completes with no rows",
                                  why_none_is_eligible()));
    }
}

// An observed calendar takes a hole in all symbols for a closed market: calls made in it are
// entered when it is over.
void Session::warn_of_late_entries() const {
    if (!context_.warn) return;
    std::int64_t late = 0;
    std::int64_t latest_ms = 0;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
        if (!calls_[i].can_enter()) continue;
        const Window& window = *inputs_.windows[i];
        const std::int64_t wait_ms = window.wait_ms + calls_[i].trading.ts[0] - window.entry_ms;
        late += wait_ms > kJumpMs ? 1 : 0;
        latest_ms = std::max(latest_ms, wait_ms);
    }
    if (late == 0) return;
    context_.warn(
        fmt::format("{} of {} calls are entered more than {} days after they were due, "
                    "up to {}: there are no bars before",
                    late, counts_.eligible, kJumpMs / kDayMs, latest_ms / kDayMs));
}

// "458 missing_range (no bars for FOO; the candles have SPX)".
std::string Session::why_none_is_eligible() const {
    if (calls_.empty()) {
        return input_.from || input_.to ? "no call was made on the days --from and --to select"
                                        : "there is no call";
    }
    std::vector<std::string> reasons;
    for (const auto& [reason, count] : counts_.exclusions) {
        if (count > 0) reasons.push_back(fmt::format("{} {}", count, reason));
    }
    std::string text = fmt::format("{}", fmt::join(reasons, ", "));
    if (!inputs_.no_bars.empty()) text += fmt::format(" ({})", inputs_.no_bars);
    return text;
}

SummaryHead Session::summary_head() const {
    const RunDefinition& definition = events_->definition();
    return {definition.run_id, definition.run_type, definition.data_fingerprint, inputs_.synthetic};
}

void Session::for_each_call(std::string_view phase, const std::function<void(std::size_t)>& body) {
    const auto progress = [&](std::size_t done) {
        if (context_.progress) {
            context_.progress({.phase = phase, .done = done, .total = calls_.size()});
        }
    };
    parallel_for(
        calls_.size(), run_.threads,
        [&](std::size_t i) {
            if (calls_[i].can_enter() && !context_.is_cancelled()) body(i);
        },
        progress);
}

Status Session::keep(artifact::Stored stored) {
    stored_.push_back(std::move(stored));
    return events_->artifact(stored_.back());
}

Status Session::store_slice() {
    RangesBySymbol ranges;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
        if (!calls_[i].eligible()) continue;
        const Window& window = *inputs_.windows[i];
        ranges[inputs_.calls.calls[i].mint].push_back({window.begin_ms, window.end_ms});
    }
    merge_ranges(ranges);
    RETURN_IF_ERROR(
        connection_.register_source("slice_rows", slice_source(inputs_.candles.bars, ranges)));
    ASSIGN_OR_RETURN(
        artifact::Stored stored,
        store_->write_parquet(connection_, fmt::format("slice_{}", input_.interval.name),
                              "SELECT * FROM slice_rows()"));
    stored.type = "slice";
    return keep(std::move(stored));
}

Status Session::store_table(std::string_view type, artifact::Table table) {
    const std::string rows = fmt::format("{}_rows", type);
    RETURN_IF_ERROR(connection_.register_source(rows, std::move(table).source()));
    ASSIGN_OR_RETURN(
        artifact::Stored stored,
        store_->write_parquet(connection_, type, fmt::format("SELECT * FROM {}()", rows)));
    return keep(std::move(stored));
}

Status Session::store_json(std::string_view type, std::string_view file, const std::string& json) {
    ASSIGN_OR_RETURN(artifact::Stored stored, store_->write_json(file, json));
    stored.type = type;
    return keep(std::move(stored));
}

Status Session::store_calls() {
    RETURN_IF_ERROR(store_table("alerts", alerts_table(table_context())));
    return store_table("excluded", excluded_table(table_context()));
}

std::vector<artifact::Stored> Session::take_stored() {
    std::vector<artifact::Stored> news(stored_.begin() + static_cast<std::ptrdiff_t>(summarised_),
                                       stored_.end());
    summarised_ = stored_.size();
    return news;
}

Result<RunSummary> Session::complete(const std::string& summary_json, std::uint64_t rows) {
    RETURN_IF_ERROR(events_->complete(summary_json, artifact_paths_json(stored_)));
    RunSummary summary{.run_id = run_id(),
                       .run_type = events_->definition().run_type,
                       .data_fingerprint = inputs_.fingerprint,
                       .calls_selected = static_cast<std::uint64_t>(counts_.selected),
                       .calls_eligible = static_cast<std::uint64_t>(counts_.eligible),
                       .calls_excluded = static_cast<std::uint64_t>(counts_.excluded),
                       .rows = rows,
                       .artifacts = {},
                       .json = summary_json};
    for (const artifact::Stored& file : stored_) {
        summary.artifacts.push_back(
            {file.type, file.path, file.rows, file.size_bytes, file.sha256});
    }
    return summary;
}

}  // namespace daybook::backtest
