// daybook archive: sealed days become Parquet, a tenth as large, and stay readable as they were.

#include <optional>
#include <string>

#include "base/calendar.h"
#include "base/clock.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/progress.h"
#include "cli/time_argument.h"
#include "lifecycle/archiver.h"
#include "os/interrupt.h"

namespace daybook::cli {
namespace {

using lifecycle::ArchiveOutcome;
using lifecycle::ArchiveReport;
using lifecycle::ArchiveState;

std::string summary_of(const ArchiveReport& report) {
    std::uint64_t days[4] = {};
    std::uint64_t bytes = 0;
    std::uint64_t archive_bytes = 0;
    for (const ArchiveOutcome& day : report.days) {
        ++days[static_cast<std::size_t>(day.state)];
        if (day.state != ArchiveState::kArchived) continue;
        bytes += day.bytes;
        archive_bytes += day.archive_bytes;
    }
    const auto count = [&](ArchiveState state) { return days[static_cast<std::size_t>(state)]; };
    std::string text = human_counted(count(ArchiveState::kArchived), "day") + " archived";
    if (bytes > 0) {
        text += fmt::format(", {} as {}", human_bytes(bytes), human_bytes(archive_bytes));
    }
    if (count(ArchiveState::kDue) > 0) {
        text = human_counted(count(ArchiveState::kDue), "day") + " would be archived";
    }
    if (count(ArchiveState::kFailed) > 0) {
        text += fmt::format("; {} failed", human_count(count(ArchiveState::kFailed)));
    }
    if (count(ArchiveState::kLeft) > 0) {
        text += fmt::format("; {} left as found", human_count(count(ArchiveState::kLeft)));
    }
    return text;
}

class ArchiveCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("--older-than", older_than_,
                       "Only days that had ended so long ago, or by this time (7d)")
            ->type_name("AGE");
        app.add_flag("--dry-run", options_.dry_run,
                     "Says what would be archived, and changes nothing");
        add_seconds(app, "--wait", wait_s_, 0, 86'400,
                    "How long to wait for another one at work (0)");
    }

    Result<ExitCode> run(Context& context) override {
        const auto ended_before = parse_time_argument(older_than_, system_clock().now());
        if (!ended_before) {
            return context.report(ended_before.error().with_context("archive: --older-than"),
                                  ExitCode::kUsage);
        }
        options_.ended_before = *ended_before;
        options_.wait_ms = wait_s_ * 1000;
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        std::optional<Progress> progress;
        const auto report = lifecycle::archive_days(
            ledger::LedgerDir(*directory), options_, [&](std::uint64_t done, std::uint64_t total) {
                if (!progress) {
                    progress.emplace(context.error_style, system_clock(), "archive", total);
                }
                progress->update(done);
                return !os::interrupted();
            });
        progress.reset();
        if (!report) return context.refuse_log(report.error());
        return print(*report, context);
    }

private:
    ExitCode print(const ArchiveReport& report, Context& context) const {
        for (const std::string& note : report.finished) report_note(note);
        for (const std::string& note : report.trash.notes) report_note(note);
        for (const std::string& problem : report.problems) {
            report_error(context.error_style, problem);
        }
        const bool for_people = context.format == Format::kTable;
        bool good = report.problems.empty();
        if (!for_people || !report.days.empty()) {
            const auto rows = context.rows({{"day"},
                                            {"state"},
                                            {"parts"},
                                            {"bytes", Unit::kBytes},
                                            {"archive_bytes", Unit::kBytes, "archive"},
                                            {"file"},
                                            {"detail"}});
            for (const ArchiveOutcome& day : report.days) {
                const bool archived = day.state == ArchiveState::kArchived;
                good = good && day.state != ArchiveState::kFailed;
                rows->row({to_string(day.day), to_string(day.state), day.parts, day.bytes,
                           archived ? Cell(day.archive_bytes) : Cell(),
                           archived ? Cell(day.file) : Cell(), day.detail});
            }
            rows->finish();
        }
        if (for_people) context.out.print("{}\n", summary_of(report));
        if (good) return ExitCode::kOk;
        return os::interrupted() ? ExitCode::kInterrupted : ExitCode::kFailed;
    }

    std::string older_than_ = "7d";
    int wait_s_ = 0;
    lifecycle::ArchiveOptions options_;
};

}  // namespace

extern constinit const CommandInfo kArchiveCommand = {
    .name = "archive",
    .summary = "Turns sealed days into Parquet, a seventh of the size or less",
    .details =
        "A day is archived when all of its parts are sealed: see 'daybook seal'.  The archive is\n"
        "read back, and every part compared with its seal, before the parts go to trash/, where\n"
        "they stay for a day.  Every command reads archives as it reads parts, and 'daybook cat'\n"
        "gives the exact bytes back; DuckDB, Spark and others read the files as they are.  It may\n"
        "run beside writers and be killed at any moment: the next one finishes.  Exit code 0:\n"
        "done; 1: a day failed, or another one is at work; 2: it could not look.",
    .examples =
        "daybook archive\n"
        "daybook archive --older-than 30d --dry-run\n"
        "# all that is sealed, whatever its age; wait for another one at work\n"
        "daybook archive --older-than 0d --wait 60\n"
        "# every night\n"
        "daybook seal && daybook archive --format json",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<ArchiveCommand>,
};

}  // namespace daybook::cli
