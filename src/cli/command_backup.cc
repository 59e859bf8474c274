// daybook backup: a verified copy of a ledger that is in use.

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

class BackupCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("DEST", destination_, "A directory for backups of this ledger alone")
            ->type_name("DIR")
            ->required();
        app.add_flag("--incremental", options_.incremental,
                     "Do not read again what has the size and time that the last backup saw; such "
                     "files are not verified");
        add_seconds(app, "--wait", wait_s_, 0, 86'400,
                    "How long to wait for whoever archives, removes, imports or seals (30)");
    }

    Result<ExitCode> run(Context& context) override {
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        options_.wait_ms = wait_s_ * 1000;
        std::optional<Progress> progress;
        options_.progress = [&](std::uint64_t done, std::uint64_t total) {
            if (!progress) progress.emplace(context.error_style, system_clock(), "backup", total);
            progress->update(done);
            return !os::interrupted();
        };
        const auto report =
            lifecycle::backup_ledger(ledger::LedgerDir(*directory), destination_, options_);
        progress.reset();
        if (!report && (report.error().code() == ErrorCode::kAlreadyExists ||
                        report.error().code() == ErrorCode::kInvalidArgument)) {
            return context.report(report.error(), ExitCode::kUsage);
        }
        if (!report) return fail(report.error());
        print(*report, context);
        return report->losses.empty() ? ExitCode::kOk : ExitCode::kFailed;
    }

private:
    void print(const lifecycle::BackupReport& report, Context& context) const {
        for (const std::string& note : report.notes) report_note(note);
        for (const std::string& loss : report.losses) report_error(context.error_style, loss);
        if (context.format == Format::kJson || context.format == Format::kNdjson) {
            const nlohmann::ordered_json document = {
                {"destination", destination_},
                {"ledger_id", report.ledger_id},
                {"verified", report.unread == 0 && report.losses.empty()},
                {"unread", report.unread},
                {"files", report.files},
                {"bytes", report.bytes},
                {"copied", report.copied},
                {"copied_bytes", report.copied_bytes},
                {"kept", report.kept},
                {"removed", report.removed},
                {"notes", report.notes},
                {"losses", report.losses}};
            context.out.print(
                "{}\n", document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
            return;
        }
        context.out.print("{} of {} in {}: {} copied and read back, {}; {} {} there\n",
                          human_counted(report.files, "file"), human_bytes(report.bytes),
                          destination_, human_count(report.copied),
                          human_bytes(report.copied_bytes), human_count(report.kept),
                          report.kept == 1 ? "was" : "were");
    }

    std::string destination_;
    int wait_s_ = 30;
    lifecycle::BackupOptions options_;
};

}  // namespace

extern constinit const CommandInfo kBackupCommand = {
    .name = "backup",
    .summary = "Makes a verified copy of the ledger, which may be in use",
    .details =
        "All events that were acknowledged before it began are in it, with the files they name;\n"
        "writers wait for nothing.  Each file that is copied is read back from its place.  The\n"
        "backup takes the place of the one before it in one step, when all of it is on the disk;\n"
        "one that was stopped or killed is finished by the next.  The index is left out: it is\n"
        "made of the rest.  'daybook restore' makes a ledger of it.  Exit code 0: a whole copy; 1: "
        "of\n"
        "what seals and manifests name something is missing or damaged in the ledger: it is "
        "named,\n"
        "and the copy of it that the backup had stays; or a file has a name that is no UTF-8, and\n"
        "is left out; or it could not be done.",
    .examples =
        "daybook backup /mnt/backup/desk\n"
        "# each hour\n"
        "daybook backup /mnt/backup/desk --incremental --format json",
    .common_flags = kLedgerFlag | kDocumentFlag,
    .make = make_command<BackupCommand>,
};

}  // namespace daybook::cli
