// daybook gc artifacts: takes away what no event names any more.

#include <optional>
#include <string>

#include "base/clock.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/progress.h"
#include "lifecycle/artifact_gc.h"
#include "os/interrupt.h"

namespace daybook::cli {
namespace {

std::string files_in(const lifecycle::GcReport& report) {
    return fmt::format("{}, {}", human_counted(report.files, "file"), human_bytes(report.bytes));
}

class GcArtifactsCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        CLI::Option* const apply = app.add_flag("--apply", options_.apply,
                                                "Move it to trash/, instead of saying what would");
        app.add_flag("--dry-run", dry_run_, "Say what would go: what is done without --apply")
            ->excludes(apply);
        add_seconds(app, "--wait", wait_s_, 0, 86'400,
                    "How long to wait for another one at work (0)");
    }

    Result<ExitCode> run(Context& context) override {
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        const auto rows = context.rows({{.name = "path", .whole = true},
                                        {.name = "kind"},
                                        {.name = "files"},
                                        {.name = "bytes", .unit = Unit::kBytes, .title = "size"},
                                        {.name = "action"},
                                        {.name = "reason", .drop_rank = 1}});
        std::optional<Progress> progress;
        options_.wait_ms = wait_s_ * 1000;
        options_.progress = [&](std::uint64_t done, std::uint64_t total) {
            if (!progress) progress.emplace(context.error_style, system_clock(), "gc", total);
            progress->update(done);
            return !os::interrupted();
        };
        bool any = false;
        options_.on_item = [&](const lifecycle::GcItem& item) {
            any = true;
            rows->row({item.path, to_string(item.kind), item.files, item.bytes,
                       options_.apply ? "moved" : "would go", item.reason});
        };
        const auto report =
            lifecycle::collect_artifacts(ledger::LedgerDir(*directory), system_clock(), options_);
        progress.reset();
        if (!report) return fail(report.error());
        const bool for_people = context.format == Format::kTable;
        if (any || !for_people) rows->finish();
        for (const std::string& note : report->notes) report_note(note);
        if (for_people) summarise(*report, context);
        return ExitCode::kOk;
    }

private:
    void summarise(const lifecycle::GcReport& report, Context& context) const {
        if (report.items == 0) {
            context.out.print("Nothing is to go.\n");
        } else if (options_.apply) {
            context.out.print("{} moved to {}; a call after 24 hours removes it.\n",
                              files_in(report), report.trash_entry);
        } else {
            context.out.print("{} would go; 'daybook gc artifacts --apply' does it.\n",
                              files_in(report));
        }
        if (report.young > 0) {
            context.out.print("{} more {} younger than an hour, and stay{} for now.\n",
                              human_count(report.young), report.young == 1 ? "is" : "are",
                              report.young == 1 ? "s" : "");
        }
        if (report.trash_removed > 0) {
            context.out.print("{} older entries of the trash were removed.\n",
                              human_count(report.trash_removed));
        }
    }

    lifecycle::GcOptions options_;
    bool dry_run_ = false;  // as without --apply: only said
    int wait_s_ = 0;
};

}  // namespace

extern constinit const CommandInfo kGcCommand = {
    .name = "gc",
    .summary = "Takes away what nobody needs any more",
    .details =
        "What goes is moved to trash/ first, and removed by a call after 24 hours or more\n"
        "(docs/operating/growth.md).",
    .examples = "daybook gc artifacts",
};

extern constinit const CommandInfo kGcArtifactsCommand = {
    .name = "gc artifacts",
    .summary = "Moves artifacts that no event names any more to the trash",
    .details =
        "Reads all of the log and goes by it: copies, diffs and tables that no event names, and\n"
        "files of runs that retention has removed.  What belongs to a run that has events stays,\n"
        "a deleted one's too, and what is younger than an hour.  What an earlier call has moved\n"
        "to the trash comes back if an event names it by now, and goes if it has lain there for\n"
        "24 hours.",
    .examples =
        "# what would go\n"
        "daybook gc artifacts\n"
        "daybook gc artifacts --apply",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<GcArtifactsCommand>,
};

}  // namespace daybook::cli
