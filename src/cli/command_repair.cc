// daybook repair: deals with what is torn, damaged or left behind, and destroys nothing.

#include <optional>
#include <string>
#include <utility>

#include "archive/archive_troubles.h"
#include "archive/check_archives.h"
#include "base/clock.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/progress.h"
#include "ledger/repair.h"
#include "lifecycle/missing_parts.h"
#include "os/interrupt.h"

namespace daybook::cli {
namespace {

std::string summary_of(const ledger::RepairReport& report, bool dry_run) {
    std::string text =
        fmt::format("{}, {}: ", human_counted(report.parts, "part"), human_bytes(report.bytes));
    if (!report.has_work() && report.left == 0) return text + "nothing to repair";
    text += fmt::format("{} {}{}", human_counted(report.recovered, "event"),
                        dry_run ? "would be " : "", "recovered");
    if (report.unsaved > 0) {
        text += fmt::format(", {} could not be saved", human_counted(report.unsaved, "event"));
    }
    if (report.left > 0)
        text += fmt::format(", {} left as found", human_counted(report.left, "thing"));
    return text;
}

class RepairCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_flag("--dry-run", dry_run_, "Say what would be done, and touch nothing");
        add_seconds(app, "--wait", wait_s_, 0, 86'400,
                    "How long to wait for another one at work (10)");
    }

    Result<ExitCode> run(Context& context) override {
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        std::optional<Progress> progress;
        const ledger::LookProgress watch = [&](std::uint64_t done, std::uint64_t total) {
            if (!progress) {
                progress.emplace(context.error_style, system_clock(), "repair", total);
            }
            progress->update(done);
            return !os::interrupted();
        };
        const ledger::LedgerDir dir(*directory);
        auto report = ledger::repair(dir, {.dry_run = dry_run_,
                                           .wait_ms = wait_s_ * 1000,
                                           .progress = watch,
                                           .archives = archive::readable_parts(dir)});
        progress.reset();
        if (!report) {
            // What stopped it half-way is a failure; what kept it from looking is not.
            switch (report.error().code()) {
                case ErrorCode::kNotFound:
                case ErrorCode::kUnsupported:
                case ErrorCode::kCorrupt:
                case ErrorCode::kBusy: return context.report(report.error(), ExitCode::kUsage);
                default: return fail(report.error());
            }
        }
        RETURN_IF_ERROR(add_archives(dir, *report));
        print(*report, context);
        return report->unsaved == 0 && report->left == 0 ? ExitCode::kOk : ExitCode::kFailed;
    }

private:
    // Only a backup can mend those; that they are there must not go unsaid.
    static Status add_archives(const ledger::LedgerDir& dir, ledger::RepairReport& report) {
        ASSIGN_OR_RETURN(const auto troubles, archive::archive_troubles(dir));
        for (const archive::ArchiveTrouble& trouble : troubles) {
            ledger::RepairStep step{
                .action = ledger::RepairAction::kLeave,
                .kind = "archive",
                .file = dir.root() + "/" + trouble.path,
                .detail = trouble.detail + (trouble.is_in_the_way
                                                ? "; move it away: then the archive's is read"
                                                : "; left: put it back from a backup, see "
                                                  "'daybook restore --help'")};
            step.is_left = true;
            report.steps.push_back(std::move(step));
            ++report.left;
        }
        // Where a manifest cannot be read, nobody knows what is missing.
        const auto missing = lifecycle::missing_parts(dir);
        for (const log::PartId& part : missing ? *missing : std::vector<log::PartId>()) {
            ledger::RepairStep step{.action = ledger::RepairAction::kLeave,
                                    .kind = "part_missing",
                                    .file = dir.layout().part_path(part),
                                    .detail =
                                        "it was sealed, and is in no archive: put it back "
                                        "from a backup, see 'daybook restore --help'"};
            step.is_left = true;
            report.steps.push_back(std::move(step));
            ++report.left;
        }
        return {};
    }

    void print(const ledger::RepairReport& report, Context& context) const {
        const bool for_people = context.format == Format::kTable;
        if (!for_people || !report.steps.empty()) {
            const auto rows = context.rows(
                {{"kind"}, {"file"}, {"offset"}, {"length", Unit::kBytes}, {"action"}, {"detail"}});
            for (const ledger::RepairStep& step : report.steps) {
                const bool has_place = step.part.has_value();
                rows->row({step.kind, step.file,
                           has_place ? Cell(step.offset.value()) : Cell(nullptr),
                           has_place ? Cell(step.bytes) : Cell(nullptr), to_string(step.action),
                           step.detail});
            }
            rows->finish();
        }
        if (!for_people) return;
        context.out.print("{}\n", summary_of(report, dry_run_));
        if (dry_run_ && report.has_work()) {
            context.out.print("Nothing was changed; 'daybook repair' does it.\n");
        }
    }

    bool dry_run_ = false;
    int wait_s_ = 10;
};

}  // namespace

extern constinit const CommandInfo kRepairCommand = {
    .name = "repair",
    .summary = "Recovers what damage hides, and says what is gone; destroys nothing",
    .details =
        "Moves torn tails to torn/, as the next writer would; appends whole records found inside\n"
        "damaged bytes once more; copies damaged bytes, and moves stray files, to quarantine/.  "
        "Bytes\n"
        "of the log stay where they are: what was done is recorded in it, so that verify knows "
        "the\n"
        "damage.  May run beside writers, and be killed and run again.  Exit code 0: nothing is "
        "left\n"
        "to do; 1: something could not be saved, or was left; 2: it could not look.",
    .examples =
        "daybook repair --dry-run\n"
        "daybook repair\n"
        "daybook repair --format json",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<RepairCommand>,
};

}  // namespace daybook::cli
