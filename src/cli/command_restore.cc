// daybook restore: makes a ledger of a backup.

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/progress.h"
#include "cli/transfer_output.h"
#include "lifecycle/backup.h"
#include "os/interrupt.h"

namespace daybook::cli {
namespace {

class RestoreCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("BACKUP", source_, "What 'daybook backup' has made")
            ->type_name("DIR")
            ->required();
        app.add_option("DIR", directory_, "Where the ledger goes: an empty directory, or a new one")
            ->type_name("DIR")
            ->required();
    }

    Result<ExitCode> run(Context& context) override {
        lifecycle::RestoreOptions options;
        std::optional<Progress> progress;
        options.progress = [&](std::uint64_t done, std::uint64_t total) {
            if (!progress) progress.emplace(context.error_style, system_clock(), "restore", total);
            progress->update(done);
            return !os::interrupted();
        };
        const auto report = lifecycle::restore_ledger(source_, directory_, options);
        progress.reset();
        if (!report && (report.error().code() == ErrorCode::kAlreadyExists ||
                        report.error().code() == ErrorCode::kNotFound)) {
            return context.report(report.error(), ExitCode::kUsage);
        }
        if (!report) return fail(report.error());
        if (context.format == Format::kJson || context.format == Format::kNdjson) {
            const nlohmann::ordered_json document = {{"directory", directory_},
                                                     {"ledger_id", report->ledger_id},
                                                     {"at", report->at},
                                                     {"files", report->files},
                                                     {"bytes", report->bytes}};
            context.out.print(
                "{}\n", document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
            return ExitCode::kOk;
        }
        context.out.print("{}: {} files, {}, as of {}; the next question makes the index\n",
                          directory_, human_count(report->files), human_bytes(report->bytes),
                          report->at);
        return ExitCode::kOk;
    }

private:
    std::string source_;
    std::string directory_;
};

}  // namespace

extern constinit const CommandInfo kRestoreCommand = {
    .name = "restore",
    .summary = "Makes a ledger of a backup",
    .details =
        "Each file is checked by its SHA-256.  The ledger is made as DIR.restoring, and gets its\n"
        "name when all of it is right and on the disk; where something is damaged, nothing is\n"
        "restored and nothing left.  It keeps its id: do not go on recording into both.",
    .examples = "daybook restore /mnt/backup/desk data/ledger",
    .common_flags = kDocumentFlag,
    .make = make_command<RestoreCommand>,
};

}  // namespace daybook::cli
