// daybook undelete: brings deleted runs back.

#include <string>
#include <vector>

#include "base/text.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/index_session.h"
#include "cli/retention_lines.h"
#include "cli/run_marks.h"
#include "query/deleted_runs.h"
#include "query/runs.h"

namespace daybook::cli {
namespace {

class UndeleteCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("RUN", wanted_, "Ids, their unique beginnings, or names")
            ->type_name("RUN")
            ->required();
        app.add_option("--reason", reason_, "Why, in words; recorded with it")->type_name("TEXT");
    }

    Result<ExitCode> run(Context& context) override {
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        ASSIGN_OR_RETURN(query::Session session, open_index(*directory));
        std::vector<std::string> run_ids;
        for (const std::string& wanted : wanted_) {
            auto found = query::find_deleted_run(session, wanted);
            if (!found) return context.report(found.error(), ExitCode::kUsage);
            if (!*found) return refuse(wanted, session, context);
            run_ids.push_back(std::move(**found));
        }
        ASSIGN_OR_RETURN(const std::vector<Mark> marks,
                         mark_runs(*directory, session, run_ids,
                                   [this](const std::string& author) -> event::Payload {
                                       event::RunRestored restored{.author = author};
                                       if (!reason_.empty()) restored.reason = reason_;
                                       return restored;
                                   }));
        context.done = "the runs are back";
        print(marks, context);
        for (const std::string& run_id : run_ids) {
            ASSIGN_OR_RETURN(const auto removed, retention_lines(session, run_id));
            for (const std::string& line : removed) {
                report_note(fmt::format("{}: {}: they do not come back; a backup may have them",
                                        run_id, line));
            }
        }
        return ExitCode::kOk;
    }

private:
    static ExitCode refuse(const std::string& wanted, query::Session& session,
                           const Context& context) {
        const auto run_id = query::resolve_run(session, wanted);
        const std::string message =
            run_id ? fmt::format("undelete: {} is there, and was not deleted", *run_id)
                   : fmt::format(
                         "undelete: no run that was deleted is called {}; 'daybook query "
                         "--named deleted-runs' lists them",
                         printable(wanted));
        return context.report(Error(ErrorCode::kNotFound, message), ExitCode::kUsage);
    }

    static void print(const std::vector<Mark>& marks, Context& context) {
        if (context.format == Format::kTable) {
            for (const Mark& mark : marks) context.out.print("restored {}\n", mark.run_id);
            return;
        }
        const auto rows = context.rows({{"run_id"}, {"event_id"}});
        for (const Mark& mark : marks) rows->row({mark.run_id, mark.event_id});
        rows->finish();
    }

    std::vector<std::string> wanted_;
    std::string reason_;
};

}  // namespace

extern constinit const CommandInfo kUndeleteCommand = {
    .name = "undelete",
    .summary = "Brings deleted runs back",
    .details =
        "Records run.restored: the runs are listed again, with all that the log still has of "
        "them.",
    .examples =
        "daybook undelete policy-20\n"
        "daybook undelete policy-20 policy-21 --reason 'needed after all'",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<UndeleteCommand>,
};

}  // namespace daybook::cli
