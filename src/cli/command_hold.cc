// daybook hold, daybook unhold: what retention may not remove, whatever else is said.

#include <string>

#include "base/calendar.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/index_session.h"
#include "lifecycle/holds.h"
#include "lifecycle/retention.h"
#include "os/process.h"
#include "query/deleted_runs.h"
#include "query/protected_runs.h"
#include "query/runs.h"

namespace daybook::cli {
namespace {

void add_target(CLI::App& app, std::string& run, std::string& where) {
    app.add_option("RUN", run, "The run: an id, its unique beginning, a name, @latest, or @-2")
        ->type_name("RUN");
    app.add_option("--where", where,
                   "All runs that pass the filter, those that are still to come too")
        ->type_name("FILTER");
}

// The id that is meant.  kNotFound: there is no such run.
Result<std::string> meant_run(const std::string& directory, const std::string& wanted) {
    ASSIGN_OR_RETURN(query::Session session, open_index(directory));
    auto run_id = query::resolve_run(session, wanted);
    if (run_id) return run_id;
    if (run_id.error().code() != ErrorCode::kNotFound || wanted.starts_with('@')) return run_id;
    ASSIGN_OR_RETURN(auto deleted, query::find_deleted_run(session, wanted));
    if (deleted) return std::move(*deleted);
    return fail(run_id.error());
}

// Whether one of the runs that are there passes; true where the index cannot say.
bool any_run_passes(const std::string& directory, const std::string& filter) {
    auto session = open_index(directory);
    if (!session) return true;
    const auto runs = query::runs_that_pass(*session, filter, system_clock().now());
    return !runs || !runs->empty();
}

class HoldCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        add_target(app, run_, where_);
        app.add_option("--reason", reason_, "Why, in words")->type_name("TEXT");
        app.add_flag("--list", list_, "List the holds");
    }

    Result<ExitCode> run(Context& context) override {
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        const ledger::LedgerDir dir(*directory);
        if (list_ && !(run_ + where_ + reason_).empty()) {
            return context.report(Error(ErrorCode::kInvalidArgument,
                                        "hold: --list lists all holds, and takes nothing else"),
                                  ExitCode::kUsage);
        }
        if (list_) return print(dir, context);
        lifecycle::Hold hold{.run = run_,
                             .where = where_,
                             .reason = reason_,
                             .author = os::user_name(),
                             .at = to_iso8601(system_clock().now())};
        if (!run_.empty() && where_.empty()) {
            auto run_id = meant_run(*directory, run_);
            if (!run_id) return refuse_unknown(run_id.error(), context);
            hold.run = std::move(*run_id);
        }
        ASSIGN_OR_RETURN(const std::vector<lifecycle::Hold> earlier, lifecycle::read_holds(dir));
        const Status added = lifecycle::add_hold(dir, hold);
        if (!added && added.error().code() == ErrorCode::kInvalidArgument) {
            return context.report(added.error(), ExitCode::kUsage);
        }
        RETURN_IF_ERROR(added);
        context.done = "the hold is placed";
        for (const lifecycle::Hold& other : earlier) {
            if (other.run != hold.run || other.where != hold.where) continue;
            report_note(fmt::format("it was held already, by {} since {}: {}; that is replaced",
                                    other.author, other.at, other.reason));
        }
        ASSIGN_OR_RETURN(const bool is_under_way, lifecycle::has_unfinished_retention(dir));
        if (is_under_way) {
            report_note(
                "a retention is under way: what it has not removed yet stays; what it has removed "
                "lies in trash/ for a day");
        }
        if (!where_.empty() && !any_run_passes(*directory, where_)) {
            report_note("no run passes the filter now: those that are still to come are held");
        }
        if (context.format != Format::kTable) return print(dir, context);
        context.out.print("held {}\n", hold.run.empty() ? "--where " + hold.where : hold.run);
        return ExitCode::kOk;
    }

private:
    Result<ExitCode> refuse_unknown(const Error& error, Context& context) const {
        const bool may_come = error.code() == ErrorCode::kNotFound && !run_.starts_with('@');
        const std::string advice =
            may_come ? fmt::format(
                           "; to hold one that is still to come: daybook hold --where "
                           "\"run_id = '{}'\"",
                           printable(run_))
                     : std::string();
        return context.report(Error(error.code(), error.message() + advice), ExitCode::kUsage);
    }

    static Result<ExitCode> print(const ledger::LedgerDir& dir, Context& context) {
        ASSIGN_OR_RETURN(const std::vector<lifecycle::Hold> holds, lifecycle::read_holds(dir));
        const auto rows = context.rows(
            {{.name = "run", .whole = true}, {"where"}, {"reason"}, {"author"}, {"at"}});
        const auto cell = [](const std::string& text) {
            return text.empty() ? Cell(nullptr) : Cell(text);
        };
        for (const lifecycle::Hold& hold : holds) {
            rows->row({cell(hold.run), cell(hold.where), cell(hold.reason), cell(hold.author),
                       cell(hold.at)});
        }
        rows->finish();
        return ExitCode::kOk;
    }

    std::string run_;
    std::string where_;
    std::string reason_;
    bool list_ = false;
};

class UnholdCommand final : public Command {
public:
    void declare(CLI::App& app) override { add_target(app, run_, where_); }

    Result<ExitCode> run(Context& context) override {
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        if (run_.empty() == where_.empty()) {
            return context.report(Error(ErrorCode::kInvalidArgument,
                                        "unhold: a run or --where is needed, and not both"),
                                  ExitCode::kUsage);
        }
        const ledger::LedgerDir dir(*directory);
        // A hold names an id: only what is none of the holds' is looked for among the runs.
        Status removed = lifecycle::remove_hold(dir, run_, where_);
        if (!removed && removed.error().code() == ErrorCode::kNotFound && !run_.empty()) {
            if (const auto run_id = meant_run(*directory, run_); run_id && *run_id != run_) {
                removed = lifecycle::remove_hold(dir, *run_id, where_);
            }
        }
        if (!removed && removed.error().code() == ErrorCode::kNotFound) {
            return context.report(removed.error(), ExitCode::kUsage);
        }
        RETURN_IF_ERROR(removed);
        context.done = "the hold is lifted";
        context.out.print("no longer held: {}\n", run_.empty() ? "--where " + where_ : run_);
        return ExitCode::kOk;
    }

private:
    std::string run_;
    std::string where_;
};

}  // namespace

extern constinit const CommandInfo kHoldCommand = {
    .name = "hold",
    .summary = "Keeps runs from being removed, whatever else is said",
    .details =
        "A hold lies in ledger.json, with who placed it, when and why.  Until it is lifted "
        "nothing of\n"
        "the run is removed, not even if it was deleted.  A filter holds runs that are still to "
        "come,\n"
        "too.",
    .examples =
        "daybook hold policy-20 --reason 'audit 2026-4'\n"
        "daybook hold --where \"tags.case = '17'\" --reason 'case 17'\n"
        "daybook hold --list",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<HoldCommand>,
};

extern constinit const CommandInfo kUnholdCommand = {
    .name = "unhold",
    .summary = "Lifts a hold",
    .details = "'daybook hold --list' shows the holds that there are.",
    .examples =
        "daybook unhold policy-20\n"
        "daybook unhold --where \"tags.case = '17'\"",
    .common_flags = kLedgerFlag,
    .make = make_command<UnholdCommand>,
};

}  // namespace daybook::cli
