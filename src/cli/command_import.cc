// daybook import: takes the runs of a bundle.

#include <optional>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/text.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/progress.h"
#include "cli/transfer_output.h"
#include "lifecycle/import_bundle.h"
#include "os/file.h"
#include "os/interrupt.h"

namespace daybook::cli {
namespace {

class ImportCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("BUNDLE", path_, "What 'daybook export' has written")
            ->type_name("FILE")
            ->required();
        app.add_flag("--dry-run", options_.dry_run,
                     "Check it and say what would be imported; write nothing");
        app.add_flag("--again", options_.again, "Take runs back that retention has removed here");
        add_seconds(app, "--wait", wait_s_, 0, 86'400,
                    "How long to wait for whoever archives, removes or imports (0)");
    }

    Result<ExitCode> run(Context& context) override {
        const ledger::LedgerDir dir(context.ledger_location().path);
        options_.wait_ms = wait_s_ * 1000;
        std::optional<Progress> progress;
        options_.progress = [&](std::uint64_t done, std::uint64_t total) {
            if (!progress) progress.emplace(context.error_style, system_clock(), "import", total);
            progress->update(done);
            return !os::interrupted();
        };
        const bool was_there = has_log(dir);
        const auto report = lifecycle::import_bundle(dir, path_, options_);
        progress.reset();
        const auto info = os::file_info(path_);
        const bool is_no_file = info && *info && !(*info)->is_regular;
        if (!report && (report.error().code() == ErrorCode::kNotFound || is_no_file)) {
            return context.report(report.error(), ExitCode::kUsage);
        }
        if (!report) return fail(report.error());
        // A slip of the pen in --ledger makes one, too.
        if (!was_there && has_log(dir)) report_note(fmt::format("made the ledger {}", dir.root()));
        print(*report, context);
        return report->has_conflicts() ? ExitCode::kFailed : ExitCode::kOk;
    }

private:
    void print(const lifecycle::ImportBundleReport& report, Context& context) const {
        note_conflicts(report.events, report.artifacts);
        for (const std::string& note : report.notes) report_note(note);
        for (const std::string& run : report.extended_runs) {
            report_note(fmt::format("run {} was here already, and {} new events", printable(run),
                                    options_.dry_run ? "would get" : "has got"));
        }
        for (const std::string& run : report.deleted_runs) {
            report_note(fmt::format("run {} is deleted: 'daybook undelete {}' brings it into sight",
                                    printable(run), printable(run)));
        }
        if (context.format == Format::kJson || context.format == Format::kNdjson) {
            nlohmann::ordered_json document = {{"bundle", path_},
                                               {"dry_run", options_.dry_run},
                                               {"ledger_id", report.ledger_id},
                                               {"exported_at", report.exported_at},
                                               {"bytes", report.bytes},
                                               {"sha256", report.sha256},
                                               {"runs", report.runs}};
            add_transfer(report.events, report.artifacts, document);
            document["runs_extended"] = report.extended_runs;
            document["runs_deleted"] = report.deleted_runs;
            document["types"] = report.types;
            document["notes"] = report.notes;
            document["event_id"] = report.event_id.empty()
                                       ? nlohmann::ordered_json()
                                       : nlohmann::ordered_json(report.event_id);
            context.out.print(
                "{}\n", document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
            return;
        }
        print_types(report.types, options_.dry_run, context);
        context.out.print("{}, {}\n", human_counted(report.runs.size(), "run"),
                          transfer_text(report.events, report.artifacts, options_.dry_run));
    }

    std::string path_;
    int wait_s_ = 0;
    lifecycle::ImportBundleOptions options_;
};

}  // namespace

extern constinit const CommandInfo kImportCommand = {
    .name = "import",
    .summary = "Takes the runs of a bundle into the ledger",
    .details =
        "All of the bundle is checked first: one that is damaged, or made to do harm, is refused\n"
        "whole, and nothing is written.  Events keep their ids, times and bytes; those that the\n"
        "ledger has are passed over, so that importing twice changes nothing, and an import that\n"
        "was stopped or killed is finished by the next.  What the ledger has otherwise under the\n"
        "same id or path stays as it is, and is named.  Runs that retention removed here are\n"
        "refused; --again takes them back.  One that is deleted here stays out of sight, and is\n"
        "named.\n"
        "\n"
        "Exit code 0: all of it is in the ledger; 1: it is refused, or something is there\n"
        "otherwise; 2: a mistake in the command line, or no such file.",
    .examples =
        "daybook import week.tar.zst --dry-run\n"
        "daybook import week.tar.zst",
    .common_flags = kLedgerFlag | kDocumentFlag,
    .make = make_command<ImportCommand>,
};

}  // namespace daybook::cli
