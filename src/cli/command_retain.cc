// daybook retain: takes runs that need not be kept out of the archives.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/byte_size.h"
#include "base/calendar.h"
#include "base/text.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "lifecycle/retention.h"
#include "os/interrupt.h"
#include "os/process.h"
#include "query/filter.h"

namespace daybook::cli {
namespace {

using lifecycle::RetainReport;
using lifecycle::RunDecision;
using Object = nlohmann::ordered_json;

constexpr std::size_t kRowsShown = 20;

// What stays has no sizes: it was not measured.
Object document_of(const std::vector<RunDecision>& decisions, bool goes) {
    Object list = Object::array();
    for (const RunDecision& run : decisions) {
        Object entry = {{"run_id", run.run_id},
                        {"reason", to_string(run.reason)},
                        {"detail", run.text},
                        {"last_event_ms", run.last_event_ms}};
        if (goes) {
            entry["events"] = run.events;
            entry["bytes"] = run.bytes;
            entry["disk_bytes"] = run.disk_bytes;
        }
        list.push_back(std::move(entry));
    }
    return list;
}

// All of it as one object.
std::string document_of(const RetainReport& report, bool applied) {
    Object document;
    document["applied"] = applied;
    document["counted_from"] = to_iso8601(report.plan.counted_from);
    document["goes"] = document_of(report.plan.goes, true);
    document["stays"] = document_of(report.plan.stays, false);
    document["within"] = report.plan.within;
    document["reduced"] = report.plan.reduced;
    document["events"] = applied ? report.events : report.plan.events;
    document["bytes"] = applied ? report.bytes : report.plan.bytes;
    document["disk_bytes"] = applied ? report.disk_bytes : report.plan.disk_bytes;
    if (applied) document["days"] = report.days;
    document["notes"] = report.plan.notes;
    for (const std::string& note : report.notes) document["notes"].push_back(note);
    document["problems"] = report.problems;
    return document.dump(1, ' ', false, Object::error_handler_t::replace);
}

class RetainCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        CLI::Option* const apply = app.add_flag("--apply", apply_, "Do what the plan says");
        app.add_flag("--dry-run", dry_run_,
                     "Tell the plan, and change nothing: what is done without --apply")
            ->excludes(apply);
        app.add_option("--keep-days", keep_days_, "Runs whose last event is older go")
            ->type_name("N")
            ->check(CLI::Validator(
                [](const std::string& text) { return refuse_unless_within(text, 1, 36'500); }, ""));
        app.add_option("--keep-bytes", keep_bytes_,
                       "The oldest go until parts and archives take no more")
            ->type_name("SIZE");
        app.add_option("--keep-last-runs", keep_last_runs_, "All but the last N runs go")
            ->type_name("N")
            ->check(CLI::Validator(
                [](const std::string& text) {
                    return refuse_unless_within<std::int64_t>(text, 1, INT64_MAX);
                },
                ""));
        app.add_flag("--deleted", deleted_, "Runs that were deleted go, too");
        app.add_option("--keep", keep_, "Runs that pass the filter stay; may be repeated")
            ->type_name("FILTER")
            ->allow_extra_args(false);
        app.add_option("--pin-tag", pin_tags_, "Runs with this tag stay; may be repeated")
            ->type_name("KEY[=VALUE]")
            ->allow_extra_args(false);
        add_choice(app, "--summaries", summaries_, "keep|drop",
                   "What is left of a run: its own few events, or nothing (keep)");
        app.add_flag("--trust-clock", options_.trust_clock,
                     "Count ages from the clock, however far it is ahead of the newest event");
        app.add_option("--reason", options_.reason, "Why, in words; recorded with it")
            ->type_name("TEXT");
        add_count(app, "-n,--limit", limit_, "Show at most N runs of each kind; 0: all (20)");
        add_seconds(app, "--wait", wait_s_, 0, 86'400,
                    "How long to wait for another one at work (0)");
    }

    Result<ExitCode> run(Context& context) override {
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        const ledger::LedgerDir dir(*directory);
        if (const Status chosen = choose_policy(dir); !chosen) {
            return context.report(chosen.error().with_context("retain"), ExitCode::kUsage);
        }
        options_.author = os::user_name();
        options_.wait_ms = wait_s_ * 1000;
        options_.keep_on = [] { return !os::interrupted(); };
        const auto report =
            apply_ ? lifecycle::retain(dir, options_) : lifecycle::plan_retain(dir, options_);
        if (!report) return context.refuse_log(report.error());
        if (apply_) context.done = "what the plan says was removed";
        print(*report, context);
        return report->problems.empty() ? ExitCode::kOk : ExitCode::kFailed;
    }

private:
    // The ledger's, with what the flags say in the place of its own.
    Status choose_policy(const ledger::LedgerDir& dir) {
        ASSIGN_OR_RETURN(lifecycle::RetentionPolicy policy, lifecycle::read_retention(dir));
        if (keep_days_) policy.keep_days = keep_days_;
        if (keep_last_runs_) policy.keep_last_runs = keep_last_runs_;
        if (!keep_bytes_.empty()) {
            ASSIGN_OR_RETURN(policy.keep_bytes, parse_byte_size(keep_bytes_));
        }
        for (const std::string& filter : keep_) {
            RETURN_IF_ERROR(query::filter_sql(filter, {.scope = query::FilterScope::kRuns}));
        }
        // What protects adds to what the policy protects.
        policy.keep.insert(policy.keep.end(), keep_.begin(), keep_.end());
        for (const std::string& tag : pin_tags_) {
            if (!tag.empty() && !tag.starts_with('=')) continue;
            return fail(ErrorCode::kInvalidArgument,
                        "--pin-tag: found '{}', expected a tag as KEY or KEY=VALUE",
                        printable(tag));
        }
        policy.pin_tags.insert(policy.pin_tags.end(), pin_tags_.begin(), pin_tags_.end());
        if (!summaries_.empty()) {
            policy.summaries =
                summaries_ == "drop" ? lifecycle::Summaries::kDrop : lifecycle::Summaries::kKeep;
        }
        policy.deleted = policy.deleted || deleted_;
        options_.policy = std::move(policy);
        return {};
    }

    void print(const RetainReport& report, Context& context) const {
        if (context.format == Format::kJson) {
            context.out.print("{}\n", document_of(report, apply_));
            return;
        }
        for (const std::string& note : report.notes) report_note(note);
        for (const std::string& note : report.plan.notes) report_note(note);
        for (const std::string& problem : report.problems) report_note(problem);
        const bool for_people =
            context.format == Format::kTable || context.format == Format::kMarkdown;
        print_rows(report, for_people, context);
        if (context.format != Format::kTable) return;
        context.out.print("{}\n", summary_of(report));
        if (!options_.policy.has_limit()) {
            context.out.print(
                "There is no limit: put \"retention\" into ledger.json, or give --keep-days, "
                "--keep-bytes, --keep-last-runs or --deleted.\n");
        } else if (!apply_ && !report.plan.goes.empty()) {
            context.out.print("Nothing was changed; with --apply it is.\n");
        }
    }

    void print_rows(const RetainReport& report, bool for_people, Context& context) const {
        const std::size_t most = for_people ? limit_.value_or(kRowsShown) : limit_.value_or(0);
        if (for_people && report.plan.goes.empty() && report.plan.stays.empty()) return;
        const auto rows = context.rows({{.name = "run_id", .whole = true},
                                        {"action"},
                                        {"reason"},
                                        {"last_event_ms", Unit::kTimeMs, "last event (UTC)"},
                                        {"events"},
                                        {"bytes", Unit::kBytes},
                                        {"disk_bytes", Unit::kBytes, "on disk"},
                                        {"detail"}});
        std::size_t left_out = 0;
        const auto add = [&](const std::vector<RunDecision>& decisions, bool goes) {
            const auto size = [goes](std::uint64_t value) { return goes ? Cell(value) : Cell(); };
            const std::size_t count =
                most == 0 ? decisions.size() : std::min(most, decisions.size());
            for (std::size_t i = 0; i < count; ++i) {
                const RunDecision& run = decisions[i];
                rows->row({run.run_id, goes ? "goes" : "stays", to_string(run.reason),
                           run.last_event_ms, size(run.events), size(run.bytes),
                           size(run.disk_bytes), run.text});
            }
            left_out += decisions.size() - count;
        };
        add(report.plan.goes, true);
        add(report.plan.stays, false);
        rows->finish();
        if (left_out > 0) {
            report_note(fmt::format("{} are left out; --limit 0 shows all",
                                    human_counted(left_out, "more run")));
        }
    }

    std::string summary_of(const RetainReport& report) const {
        const lifecycle::RetentionPlan& plan = report.plan;
        std::string text;
        if (apply_) {
            text = fmt::format("{} removed: {}, {}; archives are {} smaller",
                               human_counted(plan.goes.size(), "run"),
                               human_counted(report.events, "event"), human_bytes(report.bytes),
                               human_bytes(report.disk_bytes));
        } else {
            text = fmt::format("{} would go: {}, {}, about {} on disk",
                               human_counted(plan.goes.size(), "run"),
                               human_counted(plan.events, "event"), human_bytes(plan.bytes),
                               human_bytes(plan.disk_bytes));
        }
        if (!plan.stays.empty()) {
            text += fmt::format("; {} beyond a limit, but kept",
                                human_counted(plan.stays.size(), "run"));
        }
        text += fmt::format("; {} within", human_counted(plan.within, "run"));
        if (plan.reduced > 0) {
            text += fmt::format("; {} of which only the summary is left",
                                human_counted(plan.reduced, "run"));
        }
        return text;
    }

    bool apply_ = false;
    bool dry_run_ = false;  // as without --apply: only said
    bool deleted_ = false;
    std::optional<std::int64_t> keep_days_;
    std::optional<std::uint64_t> keep_last_runs_;
    std::string keep_bytes_;
    std::vector<std::string> keep_;
    std::vector<std::string> pin_tags_;
    std::string summaries_;
    std::optional<std::size_t> limit_;
    int wait_s_ = 0;
    lifecycle::RetainOptions options_;
};

}  // namespace

extern constinit const CommandInfo kRetainCommand = {
    .name = "retain",
    .summary = "Removes runs that need not be kept; says first which, and why",
    .details =
        "What stays is said in ledger.json, under \"retention\"; flags that limit count instead, "
        "and\n"
        "--keep and --pin-tag protect more.  A run\n"
        "goes if its last event is older than keep_days, if it is not among keep_last_runs, if it "
        "is\n"
        "among the oldest while parts and archives take more than keep_bytes, or, with --deleted, "
        "if\n"
        "it was deleted.  Never: a run that is running, held, pinned by a tag or passes a filter "
        "of\n"
        "`keep`, and one with events that are not archived or not indexed.  Its own few events\n"
        "(created, ended, tags) stay unless --summaries drop is given, so that it is still "
        "listed.\n"
        "What goes is recorded as ledger.retained; the files that were replaced lie in trash/ for "
        "24\n"
        "hours.  It may be killed at any moment: the next one finishes.  Exit code 0: done, or "
        "told;\n"
        "1: it failed, or another one is at work; 2: it could not look.",
    .examples =
        "daybook retain\n"
        "daybook retain --keep-days 90 --keep 'metrics.sharpe > 2' --pin-tag keep\n"
        "# the deed\n"
        "daybook retain --keep-days 90 --apply\n"
        "# what was deleted, and nothing left of it\n"
        "daybook retain --deleted --summaries drop --apply --format json",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<RetainCommand>,
};

}  // namespace daybook::cli
