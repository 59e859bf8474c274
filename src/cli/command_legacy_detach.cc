// daybook legacy detach: an old DuckDB file no longer answers.

#include "cli/context.h"
#include "cli/flags.h"
#include "legacy/cache.h"
#include "legacy/sources.h"

namespace daybook::cli {
namespace {

class LegacyDetachCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("NAME", name_, "Its name; 'daybook legacy status' lists them")->required();
    }

    Result<ExitCode> run(Context& context) override {
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        const ledger::LedgerDir dir(*directory);
        const Result<legacy::Source> gone = legacy::detach_source(dir, name_);
        if (!gone && gone.error().code() == ErrorCode::kNotFound) {
            return context.report(gone.error(), ExitCode::kUsage);
        }
        if (!gone) return fail(gone.error());
        legacy::Cache cache(dir, *gone);
        if (const Status removed = cache.remove(); !removed) {
            report_note(fmt::format("{} stays, and may be deleted: {}", cache.directory(),
                                    removed.error().message()));
        }
        context.out.print("detached '{}': {} is as it was, and answers no more\n", gone->name,
                          gone->path);
        return ExitCode::kOk;
    }

private:
    std::string name_;
};

}  // namespace

extern constinit const CommandInfo kLegacyDetachCommand = {
    .name = "legacy detach",
    .summary = "Takes an attached file out of the answers",
    .details =
        "The file itself is not touched; what was kept of it in index/legacy/ is removed.  Runs\n"
        "that only the file has are gone from the answers, unless 'daybook legacy import' has\n"
        "brought them into the log.",
    .examples = "daybook legacy detach optimizer",
    .common_flags = kLedgerFlag,
    .make = make_command<LegacyDetachCommand>,
};

}  // namespace daybook::cli
