// daybook verify: whether the log is as it was written, as far as its own lines can tell.

#include "base/clock.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/progress.h"
#include "ledger/verify.h"

namespace daybook::cli {
namespace {

std::string summary_of(const ledger::VerifyReport& report) {
    std::string text = fmt::format("{} part{}, {}, {} event{}", human_count(report.parts),
                                   report.parts == 1 ? "" : "s", human_bytes(report.bytes),
                                   human_count(report.events), report.events == 1 ? "" : "s");
    if (report.foreign > 0) {
        text += fmt::format(" ({} of other tools, unverified)", human_count(report.foreign));
    }
    if (report.copies > 0) text += fmt::format(", {} copies", human_count(report.copies));
    if (report.clean()) return text + ": clean";
    return text + fmt::format(": {} problem{}", human_count(report.problems),
                              report.problems == 1 ? "" : "s");
}

class VerifyCommand final : public Command {
public:
    void declare(CLI::App&) override {}

    Result<ExitCode> run(Context& context) override {
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        std::optional<Progress> progress;
        const auto report = ledger::verify(
            ledger::LedgerDir(*directory), [&](std::uint64_t done, std::uint64_t total) {
                if (!progress) {
                    progress.emplace(context.error_style, system_clock(), "verify", total);
                }
                progress->update(done);
            });
        progress.reset();
        if (!report) return context.report(report.error(), ExitCode::kUsage);
        print(*report, context);
        return report->clean() ? ExitCode::kOk : ExitCode::kFailed;
    }

private:
    static void print(const ledger::VerifyReport& report, Context& context) {
        const bool for_people = context.format == Format::kTable;
        if (!for_people || !report.findings.empty()) {
            const auto rows = context.rows({{"kind"},
                                            {"file"},
                                            {"offset"},
                                            {"length", Unit::kBytes},
                                            {"problem"},
                                            {"detail"}});
            for (const ledger::VerifyFinding& finding : report.findings) {
                rows->row({finding.kind, finding.file, finding.offset, finding.length,
                           finding.problem, finding.detail});
            }
            rows->finish();
        }
        if (for_people) context.out.print("{}\n", summary_of(report));
    }
};

}  // namespace

extern constinit const CommandInfo kVerifyCommand = {
    .name = "verify",
    .summary = "Checks every line of the log against its checksum and its place",
    .details =
        "Reads only, and may run beside writers.  It cannot see that a whole part was removed, or\n"
        "that lines were cut from the end of one.  Findings that are no problem (an unfinished "
        "line\n"
        "at the end, as a writer that died leaves it) are listed too.  Exit code 0: clean; 1:\n"
        "problems; 2: it could not look.",
    .examples =
        "daybook verify\n"
        "daybook verify --format json",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<VerifyCommand>,
};

}  // namespace daybook::cli
