// daybook legacy import: old rows become events.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/legacy_import_report.h"
#include "cli/legacy_report.h"
#include "cli/progress.h"
#include "legacy/import_file.h"
#include "legacy/source_name.h"
#include "legacy/sources.h"
#include "os/file.h"
#include "os/interrupt.h"

namespace daybook::cli {
namespace {

class LegacyImportCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("FILE", file_, "The DuckDB file, or the name of an attached one")
            ->required();
        app.add_option("--mapping", options_.mapping,
                       "How its tables become events: a TOML file, or 'seed' (seed)")
            ->type_name("FILE")
            ->check(CLI::Validator(refuse_if_empty, ""));
        app.add_option("--name", options_.name,
                       "What the source is called: part of the ids of its events (the file's name)")
            ->type_name("NAME")
            ->check(CLI::Validator(refuse_if_empty, ""));
        app.add_flag("--dry-run", options_.dry_run,
                     "Say what would be imported, and write nothing");
        app.add_flag("--also-recorded", options_.also_own_runs,
                     "Write rows of runs that the log has recorded itself too");
        app.add_flag("--again", options_.also_removed_runs,
                     "Bring back rows of runs that retention has removed");
        app.add_flag("--early-times", options_.also_early_times,
                     "Take times of before March 1973 as they are");
        add_seconds(app, "--wait", wait_s_, 0, 86'400,
                    "How long to wait for whoever holds the file or imports too (10)");
    }

    Result<ExitCode> run(Context& context) override {
        const ledger::LedgerDir dir(context.ledger_location().path);
        if (const Status found = find_file(dir); !found) {
            return context.report(found.error(), ExitCode::kUsage);
        }
        options_.wait_ms = wait_s_ * 1000;
        std::optional<Progress> progress;
        options_.progress = [&](const legacy::ImportProgress& step) {
            if (!progress) {
                progress.emplace(context.error_style, system_clock(), "import", step.rows_total);
            }
            progress->update(step.rows);
            return !os::interrupted();
        };
        options_.keep_on = [] { return !os::interrupted(); };
        const auto report = legacy::import_file(dir, file_, options_);
        progress.reset();
        if (!report) return refuse_file(report.error(), context);
        print_import(
            *report,
            {.source = options_.name.empty() ? legacy::default_source_name(file_) : options_.name,
             .path = file_,
             .dry_run = options_.dry_run},
            context);
        const bool is_all = report->changed == 0 && report->left_out.empty() &&
                            !report->older_copy && report->early == 0;
        return is_all ? ExitCode::kOk : ExitCode::kFailed;
    }

private:
    // The name of an attached source, or a file.  Of one that is attached the name and the mapping
    // that it has count: its rows are then the same events whichever way they are named.
    Status find_file(const ledger::LedgerDir& dir) {
        ASSIGN_OR_RETURN(const bool is_file, os::exists(file_));
        ASSIGN_OR_RETURN(const std::vector<legacy::Source> sources, legacy::read_sources(dir));
        const std::string path = is_file ? os::canonical_path(file_) : std::string();
        const auto source =
            std::find_if(sources.begin(), sources.end(), [&](const legacy::Source& attached) {
                return attached.name == file_ ||
                       (is_file && os::canonical_path(attached.path) == path);
            });
        if (source == sources.end()) {
            if (is_file) {
                file_ = path;
                return {};
            }
            return fail(ErrorCode::kNotFound,
                        "import {}: there is no such file, and no attached one of that name",
                        file_);
        }
        if (options_.name.empty()) options_.name = source->name;
        if (options_.mapping.empty()) options_.mapping = source->mapping;
        options_.source = *source;
        file_ = source->path;
        return {};
    }

    std::string file_;
    legacy::ImportFileOptions options_;
    int wait_s_ = 10;
};

}  // namespace

extern constinit const CommandInfo kLegacyImportCommand = {
    .name = "legacy import",
    .summary = "Makes the rows of an old DuckDB file events of the ledger",
    .details =
        "Each row becomes an event with its own time and an id that the row decides, so that\n"
        "importing twice changes nothing, and an import that was stopped or killed is finished by\n"
        "the next one.  The file is copied first, and nobody who uses it is in its way.\n"
        "Where an attached file is missing, held or damaged, the last good copy of it is "
        "imported.\n"
        "\n"
        "Runs that the log has recorded itself are left out, and named: what the file says of "
        "them\n"
        "would be mixed with what the log has.  --also-recorded writes them all the same.\n"
        "Runs that retention has removed are left out and named, too; --again brings them back.\n"
        "Times of before March 1973 are seconds that were taken for milliseconds: the import is\n"
        "refused, unless --early-times says that they are none.\n"
        "\n"
        "Exit code 0: all else of it is in the ledger; 1: some rows are no events, or have "
        "changed\n"
        "since they were imported, or a program holds the file, so that an older copy was "
        "imported,\n"
        "or it failed; 2: a mistake in the command line, no such file, or a file that the mapping\n"
        "does not fit.",
    .examples =
        "daybook legacy import old/runs.duckdb --dry-run\n"
        "daybook legacy import old/runs.duckdb\n"
        "# a file of other tables\n"
        "daybook legacy import lab.duckdb --mapping lab.toml --name lab",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<LegacyImportCommand>,
};

}  // namespace daybook::cli
