// daybook leaderboard: callers or policies, ranked over the runs of a ledger.

#include <optional>
#include <string>
#include <vector>

#include "artifact/parquet_reader.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/index_session.h"
#include "cli/row_limit.h"
#include "cli/rows_target.h"
#include "query/leaderboard.h"
#include "query/runs.h"

namespace daybook::cli {
namespace {

Unit unit_of(const std::string& column) {
    return column.ends_with("_ms") ? Unit::kDurationMs : Unit::kMeasured;
}

class LeaderboardCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        add_choice(app, "--by", by_, "caller|policy", "What is ranked (caller)");
        app.add_option("--run", runs_, "Only this run and those below it; may be repeated")
            ->type_name("RUN")
            ->allow_extra_args(false);
        app.add_option("--experiment", options_.experiment, "Only runs of this experiment")
            ->type_name("NAME");
        app.add_option("--policy", options_.policy_id, "Only trades of the policy with this id")
            ->type_name("ID");
        add_count(app, "--min-calls", options_.calls_min, "Only who has at least so many (1)");
        add_choice(app, "--order-by", options_.order_by, query::kLeaderboardOrders,
                   "What decides the rank, the best first (callers: median_peak_multiple; "
                   "policies: median_net_return_bps)");
        add_count(app, "-n,--limit", limit_.asked, RowLimit::kHelp);
        app.add_flag("--show-sql", show_sql_, "Print the SQL instead of asking it");
        add_snapshot_only(app, fresh_);
    }

    Result<ExitCode> run(Context& context) override {
        options_.limit = limit_.most(context);
        if (by_ == "policy") options_.by = query::LeaderboardBy::kPolicy;
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        if (show_sql_) {
            const Status allowed = refuse_output_of_sql(context);
            if (!allowed) return refuse(allowed.error(), context);
            return rank(*directory, nullptr, context);
        }
        auto target = RowsTarget::open(context);
        if (!target) return refuse(target.error(), context);
        return rank(*directory, &*target, context);
    }

private:
    // Prints the rows to `target`; nullptr: the SQL.
    Result<ExitCode> rank(const std::string& directory, RowsTarget* target, Context& context) {
        ASSIGN_OR_RETURN(artifact::ParquetReader reader, artifact::ParquetReader::open());
        const InterruptWatch watch([&reader] { reader.interrupt(); });
        const auto board = make_board(directory, reader);
        if (!board) return refuse(board.error(), context);
        for (const std::string& note : board->notes) report_note("leaderboard: " + note);
        if (target == nullptr) {
            context.out.print("{}\n", board->sql);
            return ExitCode::kOk;
        }
        Result<duck::Rows> rows = reader.query(board->sql);
        if (!rows) return fail(rows.error().with_context("leaderboard: count the files' rows"));
        ASSIGN_OR_RETURN(const std::size_t count,
                         target->write(*rows, columns(*rows, board->order_column)));
        limit_.tell(context, *target, count, "best");
        return ExitCode::kOk;
    }

    Result<query::Leaderboard> make_board(const std::string& directory,
                                          artifact::ParquetReader& reader) {
        ASSIGN_OR_RETURN(query::Session session, open_index(directory, fresh_));
        const InterruptWatch watch(session);
        for (const std::string& run : runs_) {
            ASSIGN_OR_RETURN(std::string run_id, query::resolve_run(session, run));
            options_.run_ids.push_back(std::move(run_id));
        }
        return query::make_leaderboard(session, reader, directory, options_);
    }

    // Nothing to look at, or nowhere to write, is the caller's mistake, all else a failure.
    static Result<ExitCode> refuse(const Error& error, Context& context) {
        const bool mistake = error.code() == ErrorCode::kNotFound ||
                             error.code() == ErrorCode::kInvalidArgument ||
                             error.code() == ErrorCode::kAlreadyExists;
        if (!mistake) return fail(error);
        return context.report(error.with_context("leaderboard"), ExitCode::kUsage);
    }

    static std::vector<Column> columns(const duck::Rows& rows, const std::string& order) {
        std::vector<Column> columns = columns_of(rows, unit_of);
        for (std::size_t i = 2; i < columns.size(); ++i) {
            // A rank says nothing without what it is by, and how sure that is.
            if (columns[i].name == order || columns[i].name == "confidence") continue;
            columns[i].drop_rank = static_cast<int>(i);
        }
        if (columns.size() > 1) columns[1].whole = true;
        return columns;
    }

    std::string by_ = "caller";
    std::vector<std::string> runs_;
    query::LeaderboardOptions options_;
    RowLimit limit_;
    bool show_sql_ = false;
    query::FreshOptions fresh_;
};

}  // namespace

extern constinit const CommandInfo kLeaderboardCommand = {
    .name = "leaderboard",
    .summary = "Ranks callers or policies over all runs",
    .details =
        "Counted are completed runs that have paths or trades as Parquet.  A call that several "
        "runs\n"
        "measured counts once, and so does a policy's trade of it: the newest run's.  Hit rates,\n"
        "peak, drawdown and time to 2x are of the calls' paths, net return and stop-out rate of "
        "the\n"
        "trades, of callers over all policies unless --policy names one.  confidence is\n"
        "sqrt(n / (n + 50)), where n is how many paths or trades the rank is made of.  Of a "
        "search\n"
        "the policy that it chose is ranked; 'daybook trials RUN' ranks the others.",
    .examples =
        "daybook leaderboard\n"
        "daybook leaderboard --by policy --min-calls 30\n"
        "daybook leaderboard --order-by hit_2x_rate --format csv\n"
        "daybook leaderboard --by policy --show-sql",
    .common_flags = kLedgerFlag | kFormatFlag | kOutputFlag,
    .make = make_command<LeaderboardCommand>,
};

}  // namespace daybook::cli
