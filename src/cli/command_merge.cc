// daybook merge: takes all runs of another ledger.

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/progress.h"
#include "cli/transfer_output.h"
#include "lifecycle/merge.h"
#include "os/interrupt.h"

namespace daybook::cli {
namespace {

class MergeCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("DIR", source_, "The other ledger's directory, or a copy of it")
            ->type_name("DIR")
            ->required();
        app.add_flag("--dry-run", options_.dry_run, "Say what would be merged, and write nothing");
        app.add_flag("--again", options_.again,
                     "Take back what retention has removed here; reads all of DIR");
        add_seconds(app, "--wait", wait_s_, 0, 86'400,
                    "How long to wait for whoever archives, removes or imports (0)");
    }

    Result<ExitCode> run(Context& context) override {
        const ledger::LedgerDir dir(context.ledger_location().path);
        options_.wait_ms = wait_s_ * 1000;
        std::optional<Progress> progress;
        options_.progress = [&](std::uint64_t done, std::uint64_t total) {
            if (!progress) progress.emplace(context.error_style, system_clock(), "merge", total);
            progress->update(done);
            return !os::interrupted();
        };
        const bool was_there = has_log(dir);
        const auto report = lifecycle::merge_ledger(dir, ledger::LedgerDir(source_), options_);
        progress.reset();
        if (!report && (report.error().code() == ErrorCode::kNotFound ||
                        report.error().code() == ErrorCode::kInvalidArgument)) {
            return context.report(report.error(), ExitCode::kUsage);
        }
        if (!report) return fail(report.error());
        // A slip of the pen in --ledger makes one, too.
        if (!was_there && has_log(dir)) report_note(fmt::format("made the ledger {}", dir.root()));
        print(*report, context);
        return report->has_conflicts() ? ExitCode::kFailed : ExitCode::kOk;
    }

private:
    void print(const lifecycle::MergeReport& report, Context& context) const {
        note_conflicts(report.events, report.artifacts);
        for (const std::string& note : report.notes) report_note(note);
        if (context.format == Format::kJson || context.format == Format::kNdjson) {
            return print_json(report, context);
        }
        print_types(report.types, options_.dry_run, context);
        context.out.print("{} of {} read; {}, {}\n", human_count(report.parts_read),
                          human_counted(report.parts, "part"), human_counted(report.runs, "run"),
                          transfer_text(report.events, report.artifacts, options_.dry_run));
        if (report.unreadable_parts > 0) {
            context.out.print("{} there cannot be read, and {} left out\n",
                              human_counted(report.unreadable_parts, "part"),
                              report.unreadable_parts == 1 ? "is" : "are");
        }
        if (report.missing > 0) {
            context.out.print("{} that events name {} not there yet: merge again later\n",
                              human_counted(report.missing, "file"),
                              report.missing == 1 ? "is" : "are");
        }
        if (report.damaged_files > 0) {
            context.out.print("{} there {} not what the events say, and left out\n",
                              human_counted(report.damaged_files, "file"),
                              report.damaged_files == 1 ? "is" : "are");
        }
    }

    void print_json(const lifecycle::MergeReport& report, Context& context) const {
        using Json = nlohmann::ordered_json;
        Json document = {{"source", source_},
                         {"dry_run", options_.dry_run},
                         {"ledger_id", report.ledger_id},
                         {"parts", report.parts},
                         {"parts_read", report.parts_read},
                         {"parts_unreadable", report.unreadable_parts},
                         {"bytes_read", report.bytes_read},
                         {"runs", report.runs}};
        add_transfer(report.events, report.artifacts, document);
        document["artifacts_missing"] = report.missing;
        document["artifacts_damaged"] = report.damaged_files;
        document["of_source"] = report.of_source;
        document["of_removed_runs"] = report.of_removed_runs;
        document["damaged"] = report.damaged;
        document["earlier_changed"] = report.earlier.changed;
        document["earlier_damaged"] = report.earlier.damaged;
        document["types"] = report.types;
        document["notes"] = report.notes;
        document["event_id"] = report.event_id.empty() ? Json() : Json(report.event_id);
        context.out.print("{}\n", document.dump(-1, ' ', false, Json::error_handler_t::replace));
    }

    std::string source_;
    int wait_s_ = 0;
    lifecycle::MergeOptions options_;
};

}  // namespace

extern constinit const CommandInfo kMergeCommand = {
    .name = "merge",
    .summary = "Takes all runs of another ledger into this one",
    .details =
        "For clusters without a server: each machine records into a ledger of its own, 'rsync'\n"
        "brings it here, and this merges it, while it is written if need be.  Events keep their\n"
        "ids, times and bytes, and files that they name come along.  Merging again takes what is\n"
        "new, and reads little more; a merge that was killed is finished by the next.  What this\n"
        "ledger has otherwise under the same id or path stays as it is, and is named.\n"
        "\n"
        "Exit code 0: all of it is here; 1: something is here otherwise, or a part or a file was\n"
        "damaged there, or a part missing;\n"
        "2: a mistake in the command line, or no ledger there.",
    .examples =
        "rsync -a --exclude=/index node7:data/ledger/ nodes/node7/\n"
        "daybook merge nodes/node7 --dry-run\n"
        "daybook merge nodes/node7",
    .common_flags = kLedgerFlag | kDocumentFlag,
    .make = make_command<MergeCommand>,
};

}  // namespace daybook::cli
