// daybook export: whole runs in one file.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/text.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/index_session.h"
#include "cli/progress.h"
#include "cli/transfer_output.h"
#include "cli/run_question.h"
#include "lifecycle/export_runs.h"
#include "os/interrupt.h"
#include "query/runs.h"

namespace daybook::cli {
namespace {

class ExportCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("RUN", runs_, "Ids, their unique beginnings, names, @latest, @-2")
            ->type_name("RUN");
        app.add_option("--where", where_, "Runs that pass the filter, such as \"tags.a = 'b'\"")
            ->type_name("FILTER");
        app.add_option("-o,--output", output_, "Where the bundle goes")
            ->type_name("FILE")
            ->required();
        app.add_flag("--force", options_.replace, "Replace the file that is there");
        app.add_flag("--no-artifacts", no_artifacts_, "Events alone, without the runs' files");
    }

    Result<ExitCode> run(Context& context) override {
        if (runs_.empty() == where_.empty()) {
            return context.report(
                Error(ErrorCode::kInvalidArgument,
                      "export: name the runs, or choose them by --where: one of the two"),
                ExitCode::kUsage);
        }
        if (output_ == "-") {
            return context.report(
                Error(ErrorCode::kInvalidArgument,
                      "export: -o -: a bundle is not written to standard output, since it gets its "
                      "name when it is whole; name a file"),
                ExitCode::kUsage);
        }
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        const auto ids = find_runs(*directory);
        if (!ids) return context.report(ids.error(), ExitCode::kUsage);
        if (ids->empty()) {
            return context.report(Error(ErrorCode::kNotFound, "export: no run passes the filter"),
                                  ExitCode::kFailed);
        }
        options_.artifacts = !no_artifacts_;
        std::optional<Progress> progress;
        options_.progress = [&](std::uint64_t done, std::uint64_t total) {
            if (!progress) progress.emplace(context.error_style, system_clock(), "export", total);
            progress->update(done);
            return !os::interrupted();
        };
        const auto report =
            lifecycle::export_runs(ledger::LedgerDir(*directory), *ids, output_, options_);
        progress.reset();
        if (!report) return fail(report.error());
        print(*report, context);
        return report->damaged_files == 0 ? ExitCode::kOk : ExitCode::kFailed;
    }

private:
    Result<std::set<std::string>> find_runs(const std::string& directory) const {
        std::set<std::string> ids;
        ASSIGN_OR_RETURN(query::Session session, open_index(directory));
        const InterruptWatch watch(session);
        for (const std::string& run : runs_) {
            ASSIGN_OR_RETURN(std::string id, query::resolve_run(session, run));
            ids.insert(std::move(id));
        }
        if (!where_.empty()) RETURN_IF_ERROR(add_filtered(session, ids));
        RETURN_IF_ERROR(check_in_log(session, ids));
        return ids;
    }

    Status add_filtered(query::Session& session, std::set<std::string>& ids) const {
        query::RunFilter filter;
        filter.where = where_;
        filter.now = system_clock().now();
        ASSIGN_OR_RETURN(duck::Rows rows, query::list_runs(session, filter));
        while (true) {
            ASSIGN_OR_RETURN(const bool more, rows.next());
            if (!more) return {};
            ids.insert(std::string(rows.get_string(0)));
        }
    }

    // What the log has of a run that another source answers for is not that run.
    static Status check_in_log(query::Session& session, const std::set<std::string>& ids) {
        if (!session.has_sources()) return {};
        ASSIGN_OR_RETURN(duck::Rows rows,
                         session.query("SELECT run_id, source_name FROM run_sources "
                                       "WHERE source <> 'event_log' ORDER BY run_id"));
        while (true) {
            ASSIGN_OR_RETURN(const bool more, rows.next());
            if (!more) return {};
            const std::string run_id = rows.text(0);
            if (!ids.contains(run_id)) continue;
            return fail(ErrorCode::kInvalidArgument,
                        "export: the attached source '{0}' answers for run {1}, and a bundle is "
                        "made of the log: take the source into the log first ('daybook legacy "
                        "import {0}'), or choose runs with --where \"source = 'event_log'\"",
                        printable(rows.text(1)), printable(run_id));
        }
    }

    void print(const lifecycle::ExportReport& report, Context& context) const {
        for (const std::string& note : report.notes) report_note(note);
        if (context.format == Format::kJson || context.format == Format::kNdjson) {
            const nlohmann::ordered_json document = {{"bundle", output_},
                                                     {"runs", report.runs},
                                                     {"events", report.events},
                                                     {"files", report.files},
                                                     {"file_bytes", report.file_bytes},
                                                     {"bytes", report.bytes},
                                                     {"sha256", report.sha256},
                                                     {"notes", report.notes}};
            context.out.print(
                "{}\n", document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
            return;
        }
        std::string text = fmt::format("{}: {}, {}", output_, human_counted(report.runs, "run"),
                                       human_counted(report.events, "event"));
        if (report.files > 0) {
            text += fmt::format(", {} of {}", human_counted(report.files, "file"),
                                human_bytes(report.file_bytes));
        }
        context.out.print("{}; {}\n", text, human_bytes(report.bytes));
    }

    std::vector<std::string> runs_;
    std::string where_;
    std::string output_;
    bool no_artifacts_ = false;
    lifecycle::ExportOptions options_;
};

}  // namespace

extern constinit const CommandInfo kExportCommand = {
    .name = "export",
    .summary = "Writes whole runs into a bundle, for another ledger",
    .details =
        "The bundle is a tar archive, compressed by zstd: the runs' events as they are in the "
        "log,\n"
        "and the files below artifacts/ that they name, each with its SHA-256.  'daybook import'\n"
        "takes it into another ledger.  Files elsewhere on the machine stay where they are.\n"
        "\n"
        "It appears under its name when all of it is on the disk.  Nobody is waited for: a run\n"
        "that goes on is exported as far as it has come, and again later is no loss.  What the\n"
        "events name and is not in it is said.\n"
        "\n"
        "Exit code 0: it is written; 1: it failed, or a file is not what its name says, and was\n"
        "left out; 2: a mistake in the command line, or no such run.",
    .examples =
        "daybook export @latest -o latest.tar.zst\n"
        "daybook export --where \"status = 'completed' and started > now - 7d\" -o week.tar.zst",
    .common_flags = kLedgerFlag | kDocumentFlag,
    .make = make_command<ExportCommand>,
};

}  // namespace daybook::cli
