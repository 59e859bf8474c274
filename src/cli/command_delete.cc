// daybook delete: takes runs out of sight.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <fmt/ranges.h>

#include "base/clock.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/liveness.h"
#include "cli/run_marks.h"
#include "cli/run_question.h"
#include "lifecycle/holds.h"
#include "query/deleted_runs.h"

namespace daybook::cli {
namespace {

class DeleteCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("RUN", wanted_, "Ids, their unique beginnings, names, @latest, or @-2")
            ->type_name("RUN")
            ->required();
        app.add_option("--reason", reason_, "Why, in words; recorded with it")->type_name("TEXT");
        app.add_flag("--yes", yes_, "Also runs that are running");
        app.add_flag("--hard", hard_, "Tell how to have their bytes removed, too");
    }

    Result<ExitCode> run(Context& context) override {
        return ask_about_runs(context, wanted_, {}, [&](const RunQuestion& question) {
            return remove(question, context);
        });
    }

private:
    Result<ExitCode> remove(const RunQuestion& question, Context& context) const {
        if (!yes_) {
            ASSIGN_OR_RETURN(const std::string alive, running_among(question));
            if (!alive.empty()) {
                return fail(ErrorCode::kInvalidArgument,
                            "delete: {} is running, and nothing was deleted; --yes deletes it all "
                            "the same",
                            alive);
            }
        }
        ASSIGN_OR_RETURN(const std::vector<std::string> run_ids, not_deleted_yet(question));
        ASSIGN_OR_RETURN(const std::vector<Mark> marks,
                         mark_runs(question.directory, question.session, run_ids,
                                   [this](const std::string& author) -> event::Payload {
                                       event::RunDeleted deleted{.author = author};
                                       if (!reason_.empty()) deleted.reason = reason_;
                                       return deleted;
                                   }));
        context.done = "the runs are deleted";
        print(marks, context);
        tell_of_bytes(question, context);
        return ExitCode::kOk;
    }

    // Each once, and without those that are deleted, which is said.
    static Result<std::vector<std::string>> not_deleted_yet(const RunQuestion& question) {
        std::vector<std::string> run_ids;
        for (const std::string& run_id : question.run_ids) {
            if (std::find(run_ids.begin(), run_ids.end(), run_id) != run_ids.end()) continue;
            ASSIGN_OR_RETURN(const bool is_deleted, query::is_deleted(question.session, run_id));
            if (is_deleted) {
                report_note(fmt::format("{} is deleted already", run_id));
            } else {
                run_ids.push_back(run_id);
            }
        }
        return run_ids;
    }

    // The first of them that is not known to have ended; empty: there is none.
    static Result<std::string> running_among(const RunQuestion& question) {
        for (const std::string& run_id : question.run_ids) {
            ASSIGN_OR_RETURN(const auto found,
                             judge_run(question.session, run_id, system_clock().now()));
            if (found && found->state != ledger::OwnerState::kDead) return run_id;
        }
        return "";
    }

    static void print(const std::vector<Mark>& marks, Context& context) {
        if (context.format == Format::kTable) {
            for (const Mark& mark : marks) context.out.print("deleted {}\n", mark.run_id);
            if (marks.empty()) return;
            const bool is_one = marks.size() == 1;
            context.out.print("{} events stay; 'daybook undelete {}' brings {} back.\n",
                              is_one ? "Its" : "Their", is_one ? marks.front().run_id : "RUN",
                              is_one ? "it" : "one");
            return;
        }
        const auto rows = context.rows({{"run_id"}, {"event_id"}});
        for (const Mark& mark : marks) rows->row({mark.run_id, mark.event_id});
        rows->finish();
    }

    void tell_of_bytes(const RunQuestion& question, Context& context) const {
        const auto holds = lifecycle::read_holds(ledger::LedgerDir(question.directory));
        if (!holds) report_note(holds.error().message());
        for (const std::string& run_id : question.run_ids) {
            if (!holds) break;
            for (const lifecycle::Hold& hold : *holds) {
                if (hold.run != run_id) continue;
                report_note(
                    fmt::format("{} is held ({}): nothing of it goes until 'daybook unhold'",
                                run_id, hold.reason));
            }
        }
        if (!hard_ || context.format != Format::kTable) return;
        context.out.print(
            "'daybook retain --deleted' says what of {} can go, and with --apply removes it; what "
            "is not archived yet ('daybook archive') goes later.\n",
            marks_text(question.run_ids.size()));
    }
    static std::string_view marks_text(std::size_t runs) { return runs == 1 ? "it" : "them"; }

    std::vector<std::string> wanted_;
    std::string reason_;
    bool yes_ = false;
    bool hard_ = false;
};

}  // namespace

extern constinit const CommandInfo kDeleteCommand = {
    .name = "delete",
    .summary = "Takes runs out of sight; their events stay",
    .details =
        "Records run.deleted: lists and queries of latest_runs do not show the runs any more.  "
        "Their\n"
        "events, tables and files stay, and 'daybook undelete' brings them back.  Bytes are "
        "removed\n"
        "by 'daybook retain --deleted --apply', out of archives alone.",
    .examples =
        "daybook delete policy-20\n"
        "daybook delete @latest --reason 'wrong data'\n"
        "daybook delete policy-20 policy-21 --hard",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<DeleteCommand>,
};

}  // namespace daybook::cli
