// daybook legacy attach: from now on an old DuckDB file answers beside the log.

#include <optional>
#include <string>
#include <vector>

#include "base/calendar.h"
#include "base/clock.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/legacy_publish.h"
#include "cli/legacy_report.h"
#include "cli/legacy_shared_runs.h"
#include "cli/progress.h"
#include "legacy/mapping.h"
#include "legacy/new_ledger.h"
#include "legacy/source_name.h"
#include "os/file.h"
#include "os/interrupt.h"
#include "os/process.h"

namespace daybook::cli {
namespace {

class LegacyAttachCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("FILE", file_, "The old DuckDB file")->required();
        app.add_option("--name", source_.name,
                       "What it is called from now on (its file's name without the extension)")
            ->type_name("NAME")
            ->check(CLI::Validator(refuse_if_empty, ""));
        app.add_option("--mapping", source_.mapping,
                       "Which rows become which events (the built-in one)")
            ->type_name("FILE.toml")
            ->check(CLI::Validator(refuse_if_empty, ""));
        app.add_option("--cutover", cutover_,
                       "Runs created before this UTC day are the file's, where both have them; "
                       "'none': all of those are the log's (none)")
            ->type_name("YYYY-MM-DD");
        add_seconds(app, "--wait", wait_s_, 0, 86'400,
                    "How long to wait while its writer has it open (10)");
    }

    Result<ExitCode> run(Context& context) override {
        if (const Status usable = read_options(); !usable) {
            return context.report(usable.error().with_context("legacy attach"), ExitCode::kUsage);
        }
        const std::string root = context.ledger_location().path;
        const ledger::LedgerDir dir(root);
        RETURN_IF_ERROR(legacy::check_attachable(dir, source_));
        keep_what_is_not_named(dir);
        const legacy::NewLedger traces(dir);
        const bool is_attached = legacy::find_source(dir, source_.name).has_value();
        legacy::Cache cache(dir, source_);
        if (const Status answers = read_file(cache, context); !answers) {
            // Nothing of the attempt stays, if nobody is about it too.  What is there of a file
            // that is attached may be the last copy of it.
            if (!is_attached && !cache.published()) (void)cache.remove();
            return refuse_file(answers.error(), context);
        }
        ASSIGN_OR_RETURN(const std::optional<legacy::Source> before,
                         legacy::attach_source(dir, source_));
        context.done = "the file is attached";
        RETURN_IF_ERROR(publish_attached(root, context));
        ASSIGN_OR_RETURN(const legacy::Source attached, legacy::find_source(dir, source_.name));
        ASSIGN_OR_RETURN(const std::vector<legacy::RunTime> log, run_times_of_log(root));
        ASSIGN_OR_RETURN(const SourceReport report, report_source(dir, attached, log));
        print_sources({report}, context);
        ASSIGN_OR_RETURN(const std::vector<std::string> shared, tell_shared_runs(dir, attached));
        for (const std::string& note : shared) report_note(note);
        if (context.format == Format::kTable) tell(before.has_value(), context);
        return ExitCode::kOk;
    }

private:
    // Only a file that answers is attached.
    Status read_file(legacy::Cache& cache, Context& context) const {
        std::optional<Progress> progress;
        legacy::RefreshOptions refresh{.copy_wait_ms = wait_s_ * 1000,
                                       .at_once = true,
                                       .keep_on = [] { return !os::interrupted(); }};
        refresh.progress = [&](const legacy::ImportProgress& step) {
            if (!progress) {
                progress.emplace(context.error_style, system_clock(), "read", step.rows_total);
            }
            progress->update(step.rows);
        };
        const Result<legacy::Cached> cached = cache.refresh(refresh);
        progress.reset();
        if (!cached) {
            return fail(
                Error(cached.error().code(), cached.error().message() + "; nothing was attached"));
        }
        ASSIGN_OR_RETURN(const bool is_as_wanted, cache.is_read_as_wanted(cached->state));
        if (!is_as_wanted) {
            return fail(ErrorCode::kInvalidArgument,
                        "legacy attach: it answers by the mapping that it had, not by this one; "
                        "nothing was changed: {}",
                        cached->note);
        }
        if (!cached->note.empty()) report_note(cached->note);
        return {};
    }

    Status read_options() {
        source_.path = os::absolute_path(file_);
        if (source_.name.empty()) source_.name = legacy::default_source_name(source_.path);
        if (const Status name = legacy::check_source_name(source_.name); !name) {
            return fail(name.error().with_context("--name"));
        }
        is_mapping_named_ = !source_.mapping.empty();
        if (source_.mapping == "seed") source_.mapping.clear();
        if (!source_.mapping.empty()) source_.mapping = os::absolute_path(source_.mapping);
        RETURN_IF_ERROR(legacy::load_mapping(source_.mapping));
        if (!cutover_.empty() && cutover_ != "none") {
            source_.cutover = parse_day(cutover_);
            if (!source_.cutover) {
                return fail(ErrorCode::kInvalidArgument,
                            "--cutover: found '{}', expected a day, such as 2026-01-23, or 'none'",
                            cutover_);
            }
        }
        source_.attached_at = to_iso8601(system_clock().now());
        return {};
    }

    // A file that is attached again for one of both is not meant to lose the other.
    void keep_what_is_not_named(const ledger::LedgerDir& dir) {
        const auto before = legacy::find_source(dir, source_.name);
        if (!before || before->path != source_.path) return;
        if (!is_mapping_named_) source_.mapping = before->mapping;
        if (cutover_.empty()) source_.cutover = before->cutover;
    }

    void tell(bool was_there, Context& context) const {
        const std::string rule =
            source_.cutover
                ? fmt::format("of runs that both have, those created before {} are the file's",
                              to_string(*source_.cutover))
                : std::string("runs that both have are the log's (--cutover DAY changes that)");
        context.out.print("\n{} as '{}': {}\n", was_there ? "attached as before" : "attached",
                          source_.name, rule);
    }

    std::string file_;
    std::string cutover_;
    bool is_mapping_named_ = false;
    int wait_s_ = 10;
    legacy::Source source_;
};

}  // namespace

extern constinit const CommandInfo kLegacyAttachCommand = {
    .name = "legacy attach",
    .summary = "Lets an old DuckDB file answer beside the log",
    .details =
        "From now on 'runs', 'show', 'query' and all others answer over both, each run once, with\n"
        "a column `source`.  The file is never opened or locked: it is copied, into the ledger's\n"
        "index/, and copied again when it has changed.  While its writer has it open, the last\n"
        "copy answers, and a note says how old that is.  Attaching it again changes its mapping\n"
        "or its cut-over; what is not named stays as it was.\n"
        "The published snapshot, where there is one, shows it too.  Runs that another attached or\n"
        "imported file has as well are told.\n"
        "Exit codes: 0, 1 if it cannot be read, 2 if there is no such file or nothing in it fits.",
    .examples =
        "daybook legacy attach /data/optimizer.duckdb --cutover 2026-01-23\n"
        "# tables that are not the built-in ones\n"
        "daybook legacy mapping > my.toml\n"
        "daybook legacy attach lab.duckdb --mapping my.toml",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<LegacyAttachCommand>,
};

}  // namespace daybook::cli
