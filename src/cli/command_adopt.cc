// daybook adopt: takes a log that other tools have begun as it is, and says what they damaged.

#include <optional>
#include <string>

#include "base/clock.h"
#include "cli/context.h"
#include "cli/findings_output.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/progress.h"
#include "ledger/adopt.h"
#include "log/sharing.h"
#include "os/interrupt.h"

namespace daybook::cli {
namespace {

std::string summary_of(const ledger::SeedLogReport& log) {
    std::string text = fmt::format("{}, {}, {}: {} of other tools, {} of Daybook's",
                                   human_counted(log.parts, "part"), human_bytes(log.bytes),
                                   human_counted(log.events, "event"), human_count(log.foreign),
                                   human_count(log.events - log.foreign));
    if (log.copies > 0) text += fmt::format("; {} there more than once", human_count(log.copies));
    text += log.problems == 0 ? "; nothing to repair"
                              : fmt::format("; {}", human_counted(log.problems, "problem"));
    return text;
}

class AdoptCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("dir", directory_, "The ledger: the directory that holds 'events'")
            ->type_name("DIR")
            ->required();
        CLI::Option* const dry_run =
            app.add_flag("--dry-run", options_.dry_run, "Only look: make no file");
        app.add_flag("--finish", options_.finish, "The other tools write no more")
            ->excludes(dry_run);
    }

    Result<ExitCode> run(Context& context) override {
        while (directory_.size() > 1 && directory_.ends_with('/')) directory_.pop_back();
        std::optional<Progress> progress;
        options_.progress = [&](std::uint64_t done, std::uint64_t total) {
            if (!progress) {
                progress.emplace(context.error_style, system_clock(), "adopt", total);
            }
            progress->update(done);
            return !os::interrupted();
        };
        const auto report = ledger::adopt(ledger::LedgerDir(directory_), options_);
        progress.reset();
        if (!report) return context.refuse_log(report.error());
        print(*report, context);
        return report->log.problems == 0 ? ExitCode::kOk : ExitCode::kFailed;
    }

private:
    void print(const ledger::AdoptReport& report, Context& context) const {
        print_findings({.totals = {{"parts", report.log.parts},
                                   {"bytes", report.log.bytes},
                                   {"events", report.log.events},
                                   {"foreign", report.log.foreign},
                                   {"copies", report.log.copies},
                                   {"recoverable", report.log.recoverable},
                                   {"problems", report.log.problems}},
                        .findings = report.log.findings,
                        .left_out = report.log.left_out},
                       context);
        if (context.format != Format::kTable) return;
        context.out.print("{}\n", summary_of(report.log));
        if (report.log.problems > 0) {
            context.out.print("'daybook repair --ledger {}' keeps what is damaged{}\n", directory_,
                              report.log.recoverable == 0
                                  ? "; no event is to be brought back"
                                  : fmt::format(", and brings back {} that no line shows",
                                                human_counted(report.log.recoverable, "event")));
        }
        context.out.print("{}\n", state_of(report));
    }

    std::string state_of(const ledger::AdoptReport& report) const {
        if (options_.finish) {
            return report.sharing_changed ? "Finished: only Daybook writes here now"
                                          : "Nothing to finish: only Daybook writes here";
        }
        const bool is_new = report.made_manifest || report.sharing_changed;
        if (options_.dry_run) {
            return is_new ? "Nothing was changed; without --dry-run it is adopted"
                          : "Adopted before; nothing would change";
        }
        if (!is_new) return "Adopted before; nothing was changed";
        return fmt::format(
            "Adopted: both may write here; writers of Daybook that are open already take note "
            "within {} s; end it with --finish",
            log::kSharingLookMs / 1000);
    }

    std::string directory_;
    ledger::AdoptOptions options_;
};

}  // namespace

extern constinit const CommandInfo kAdoptCommand = {
    .name = "adopt",
    .summary = "Takes over a log that other tools have begun, and says what they damaged",
    .details =
        "Reads all of it where it lies, moves nothing, and makes ledger.json where there is none.\n"
        "From then on both may write: Daybook cuts nothing off and leaves to the others what is "
        "theirs.\n"
        "What their races left (torn and glued lines, copies, left-over .jsonl.tmp files) is told "
        "by\n"
        "file and offset; 'daybook repair' recovers what can be.  Once the others write no more,\n"
        "--finish says so.  Exit code 0: adopted, no problem; 1: adopted, with problems; 2: there "
        "is\n"
        "nothing to adopt.",
    .examples =
        "daybook adopt data/ledger --dry-run\n"
        "daybook adopt data/ledger\n"
        "daybook adopt data/ledger --format json\n"
        "# when the last of the other tools has written its last line\n"
        "daybook adopt data/ledger --finish",
    .common_flags = kFormatFlag,
    .make = make_command<AdoptCommand>,
};

}  // namespace daybook::cli
