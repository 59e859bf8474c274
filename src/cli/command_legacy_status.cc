// daybook legacy status: the attached files, and how they stand to the log.

#include "cli/context.h"
#include "cli/flags.h"
#include "cli/legacy_report.h"

namespace daybook::cli {
namespace {

class LegacyStatusCommand final : public Command {
public:
    void declare(CLI::App& app) override { app.add_option("NAME", name_, "Only this one"); }

    Result<ExitCode> run(Context& context) override {
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        const ledger::LedgerDir dir(*directory);
        ASSIGN_OR_RETURN(std::vector<legacy::Source> sources, legacy::read_sources(dir));
        if (!name_.empty()) {
            const Result<legacy::Source> one = legacy::find_source(dir, name_);
            if (!one) return context.report(one.error(), ExitCode::kUsage);
            sources = {*one};
        }
        if (sources.empty() && context.format == Format::kTable) {
            context.out.print("no file is attached: 'daybook legacy attach FILE' attaches one\n");
            return ExitCode::kOk;
        }
        std::vector<legacy::RunTime> log;
        if (!sources.empty()) {
            ASSIGN_OR_RETURN(log, run_times_of_log(*directory));
        }
        std::vector<SourceReport> reports;
        bool all_answer = true;
        for (const legacy::Source& source : sources) {
            ASSIGN_OR_RETURN(SourceReport report, report_source(dir, source, log));
            all_answer = all_answer && report.cached;
            reports.push_back(std::move(report));
        }
        print_sources(reports, context);
        return all_answer ? ExitCode::kOk : ExitCode::kFailed;
    }

private:
    std::string name_;
};

}  // namespace

extern constinit const CommandInfo kLegacyStatusCommand = {
    .name = "legacy status",
    .summary = "Attached files: how old their copies are, what is in them, what disagrees",
    .details =
        "The state of a file: current (its copy is what it is), changed (the next question copies\n"
        "it again), held (its writer has it open; the last copy answers), missing, unreadable, no\n"
        "mapping (that one cannot be read), or no copy.  Below that: rows by table, what was not\n"
        "understood, runs that both have, and runs on the wrong side of the cut-over.  It only\n"
        "looks, and copies nothing.\n"
        "Exit codes: 0, 1 if a file has no copy that answers, 2 if there is no ledger.",
    .examples =
        "daybook legacy status\n"
        "daybook legacy status optimizer --format json",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<LegacyStatusCommand>,
};

}  // namespace daybook::cli
