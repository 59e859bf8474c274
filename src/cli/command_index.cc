// daybook index: makes the tables from the log.

#include <optional>
#include <string>

#include "base/calendar.h"
#include "base/clock.h"
#include "cli/check_report.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/index_session.h"
#include "cli/progress.h"
#include "cli/query_limits.h"
#include "index/builder.h"
#include "index/memory_plan.h"
#include "ledger/ledger_dir.h"
#include "os/file.h"
#include "os/interrupt.h"

namespace daybook::cli {
namespace {

// The tables of one ledger must not take the place of another's, and a ledger's own snapshot has
// generations.
Status check_target(const std::string& target) {
    if (target.empty()) return {};
    std::string folder = os::canonical_path(os::parent_path(target));
    for (; folder.size() > 1; folder = os::parent_path(folder)) {
        const ledger::LedgerDir around(os::parent_path(folder));
        if (folder != around.index_dir()) continue;
        ASSIGN_OR_RETURN(const bool is_ledger, os::exists(around.layout().events_dir()));
        if (!is_ledger) continue;
        return fail(ErrorCode::kInvalidArgument,
                    "--db: found {}, in the index of the ledger {}; expected another place, or "
                    "'--ledger {}' alone to bring its own snapshot up to date",
                    target, around.root(), around.root());
    }
    return {};
}

class IndexCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        CLI::Option* const target =
            app.add_option("--db", options_.target, "Write the snapshot there, not into the ledger")
                ->type_name("FILE");
        CLI::Option* const since =
            app.add_option("--since-date", since_,
                           "Read the parts of this UTC day and later once more")
                ->type_name("DATE");
        CLI::Option* const full =
            app.add_flag("--full-rebuild", options_.full_rebuild, "Begin anew, from the whole log");
        add_seconds(app, "--wait", wait_s_, 0, 86'400,
                    "How long to wait for another one that builds it (30)");
        app.add_option("--memory", memory_,
                       "At most so much memory: 512MB, 2GiB (half of the machine, up to 2.25GiB)")
            ->type_name("SIZE");
        CLI::Option* const digest =
            app.add_flag("--digest", digest_, "Print the index's digest alone");
        app.add_flag("--check", check_, "Compare the index with the log, and change nothing")
            ->excludes(since, full, target, digest);
        app.add_flag("-v,--verbose", verbose_, "Say more of what was done");
    }

    Result<ExitCode> run(Context& context) override {
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        if (!check_ && context.format != Format::kTable) {
            return context.report(
                Error(ErrorCode::kInvalidArgument, "--format: goes with --check only"),
                ExitCode::kUsage);
        }
        if (!since_.empty()) {
            options_.since = parse_day(since_);
            if (!options_.since) {
                return context.report(
                    Error(
                        ErrorCode::kInvalidArgument,
                        fmt::format("--since-date: found '{}', expected a date such as 2026-01-23",
                                    since_)),
                    ExitCode::kUsage);
            }
        }
        if (const Status memory = read_memory(); !memory) {
            return context.report(memory.error(), ExitCode::kUsage);
        }
        if (const Status target = check_target(options_.target); !target) {
            return context.report(target.error(), ExitCode::kUsage);
        }
        options_.wait_ms = wait_s_ * 1000;
        if (check_) {
            return check_index(
                *directory,
                {.wait_ms = options_.wait_ms, .memory_bytes_max = options_.memory_bytes_max},
                context);
        }
        if (query::ExtraSource* extra = extra_source(); extra != nullptr) {
            ASSIGN_OR_RETURN(
                query::ExtraIndexes found,
                extra->refresh(*directory, {.effort = query::Effort::kDemand,
                                            .keep_on = [] { return !os::interrupted(); }}));
            for (const std::string& note : found.notes) report_note(note);
            options_.extras = std::move(found.indexes);
        }
        std::optional<Progress> progress;
        options_.progress = [&](const index::BuildProgress& step) {
            if (!progress) {
                progress.emplace(context.error_style, system_clock(), "index", step.bytes_total);
            }
            progress->update(step.bytes_done, rest_of(step));
            return !os::interrupted();
        };
        const Result<index::BuildReport> report = index::build(*directory, options_);
        progress.reset();
        if (!report) return fail(report.error());
        print(*report, context);
        return ExitCode::kOk;
    }

private:
    Status read_memory() {
        if (memory_.empty()) return {};
        const auto bytes = parse_size(memory_);
        if (!bytes) return fail(bytes.error().with_context("--memory"));
        if (*bytes < index::kBuildMemoryBytesMin) {
            return fail(ErrorCode::kInvalidArgument, "--memory: found {}, expected at least {}",
                        memory_, human_bytes(index::kBuildMemoryBytesMin));
        }
        options_.memory_bytes_max = *bytes;
        return {};
    }

    static std::string rest_of(const index::BuildProgress& step) {
        std::string text;
        if (step.seconds > 0) {
            const double rate = static_cast<double>(step.events) / step.seconds;
            text = human_count(static_cast<std::uint64_t>(rate)) + " events/s";
        }
        if (!step.seconds_left) return text;
        return text + ", " + human_duration(static_cast<std::int64_t>(*step.seconds_left * 1000)) +
               " left";
    }

    void print(const index::BuildReport& report, Context& context) const {
        if (!report.rebuilt.empty()) {
            report_note(
                fmt::format("the index was rebuilt from the whole log: {}", report.rebuilt));
        }
        for (const std::string& note : report.notes) report_note(note);
        if (digest_) {
            context.out.print("{}\n", report.digest);
            return;
        }
        if (report.published) {
            context.out.print("{}: {} events in {}\n", report.snapshot, human_count(report.events),
                              human_duration(static_cast<std::int64_t>(report.seconds * 1000)));
        } else {
            context.out.print("{}: nothing new\n", report.snapshot);
        }
        if (report.damaged > 0) {
            context.out.print(
                "{} left out: 'daybook query \"FROM index_damage\"' says why, of the whole log "
                "'daybook verify'\n",
                human_counted(report.damaged, "line"));
        }
        if (!verbose_) return;
        const auto rows = context.rows({{"field"}, {"value"}});
        rows->row({"generation", report.generation.value()});
        rows->row({"events applied", report.events});
        rows->row({"copies", report.duplicates});
        rows->row({"conflicts", report.conflicts});
        rows->row({"foreign lines", report.foreign});
        rows->row({"damaged lines", report.damaged});
        rows->row({"bytes read", report.bytes});
        rows->row({"digest", report.digest});
        rows->finish();
    }

    index::BuildOptions options_;
    std::string since_;
    std::string memory_;
    int wait_s_ = 30;
    bool digest_ = false;
    bool check_ = false;
    bool verbose_ = false;
};

}  // namespace

extern constinit const CommandInfo kIndexCommand = {
    .name = "index",
    .summary = "Brings the tables up to date with the log",
    .details =
        "Applies what is new in the log and publishes index/runs.duckdb, which any DuckDB client "
        "can\n"
        "open.  It is derived: delete index/ at any time, and this restores every row.  The\n"
        "work is done in index/, with --db too: room is needed there and at FILE.\n"
        "Attached files that have changed are read again, however long that takes.\n"
        "--check compares the snapshot and the builder's own state with a full rebuild of what "
        "they\n"
        "have read, made in index/check, and names the first difference.  Exit code 0: equal; 1: "
        "not;\n"
        "2: it could not look.  --format is for --check.",
    .examples =
        "daybook index\n"
        "daybook index --full-rebuild --verbose\n"
        "# a copy for somebody else\n"
        "daybook index --db /tmp/runs.duckdb\n"
        "# is the index what the log says?\n"
        "daybook index --check",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<IndexCommand>,
};

}  // namespace daybook::cli
