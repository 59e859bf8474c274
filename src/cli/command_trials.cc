// daybook trials: the trials of a run, a column for each parameter and each metric.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/index_session.h"
#include "cli/json_fields.h"
#include "cli/retention_lines.h"
#include "cli/row_limit.h"
#include "cli/rows_target.h"
#include "cli/run_question.h"
#include "query/runs.h"

namespace daybook::cli {
namespace {

class TrialsCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        add_run(app, "RUN", run_)->required();
        app.add_option("--where", order_.where,
                       "Only trials that pass the filter, such as 'metrics.sharpe > 1.5'")
            ->type_name("FILTER");
        app.add_option("--metric", order_.metric, "Order them by this metric, the best first")
            ->type_name("NAME");
        app.add_flag("--ascending", order_.ascending, "The least value of it is the best");
        app.add_flag("--feasible", order_.only_feasible,
                     "Only complete trials that violate nothing");
        add_count(app, "-n,--limit", limit_.asked, RowLimit::kHelp);
        app.add_flag("--show-sql", show_sql_, "Print the SQL instead of asking it");
        add_snapshot_only(app, fresh_);
    }

    Result<ExitCode> run(Context& context) override {
        order_.limit = limit_.most(context);
        order_.now = system_clock().now();
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        if (show_sql_) return show_sql(*directory, context);
        auto target = RowsTarget::open(context);
        if (!target) return context.report(target.error().with_context("trials"), ExitCode::kUsage);
        ASSIGN_OR_RETURN(query::Session session, open_index(*directory, fresh_));
        const InterruptWatch watch(session);
        const auto run_id = query::resolve_run(session, run_);
        if (!run_id) return refuse(run_id.error(), context);
        const auto sql = make_sql(session, *run_id);
        if (!sql) return refuse(sql.error(), context);
        ASSIGN_OR_RETURN(duck::Rows rows, session.query(*sql));
        ASSIGN_OR_RETURN(const std::size_t count, target->write(rows, columns(rows)));
        limit_.tell(context, *target, count, order_.metric.empty() ? "first" : "best");
        ASSIGN_OR_RETURN(const std::vector<std::string> removed, retention_lines(session, *run_id));
        for (const std::string& line : removed) report_note(fmt::format("{}: {}", *run_id, line));
        return ExitCode::kOk;
    }

private:
    Result<std::string> make_sql(query::Session& session, const std::string& run_id) const {
        auto sql = query::trials_sql(session, run_id, order_);
        if (!sql && sql.error().code() == ErrorCode::kInvalidArgument) {
            return fail(sql.error().with_context("trials"));
        }
        return sql;
    }

    Result<ExitCode> show_sql(const std::string& directory, Context& context) const {
        const Status allowed = refuse_output_of_sql(context);
        if (!allowed) return refuse(allowed.error().with_context("trials"), context);
        ASSIGN_OR_RETURN(query::Session session, open_index(directory, fresh_));
        const InterruptWatch watch(session);
        const auto run_id = query::resolve_run(session, run_);
        if (!run_id) return refuse(run_id.error(), context);
        const auto sql = make_sql(session, *run_id);
        if (!sql) return refuse(sql.error(), context);
        context.out.print("{}\n", *sql);
        return ExitCode::kOk;
    }

    // No such run, or no such name, is the caller's mistake, all else a failure.
    static Result<ExitCode> refuse(const Error& error, Context& context) {
        const bool mistake =
            error.code() == ErrorCode::kNotFound || error.code() == ErrorCode::kInvalidArgument;
        if (!mistake) return fail(error);
        return context.report(error, ExitCode::kUsage);
    }

    // On a narrow terminal the last columns give way first: parameters come before metrics, but
    // what the trials are ordered by stays.
    std::vector<Column> columns(const duck::Rows& rows) const {
        std::vector<Column> columns = columns_of(rows, [](const std::string& name) {
            return is_duration_ms(name) ? Unit::kDurationMs : Unit::kMeasured;
        });
        for (std::size_t i = 1; i < columns.size(); ++i) {
            const std::string& name = columns[i].name;
            const bool ordering = !order_.metric.empty() &&
                                  (name == order_.metric || name == "metrics." + order_.metric);
            if (!ordering) columns[i].drop_rank = static_cast<int>(i);
        }
        return columns;
    }

    std::string run_;
    query::TrialOrder order_;
    RowLimit limit_;
    bool show_sql_ = false;
    query::FreshOptions fresh_;
};

}  // namespace

extern constinit const CommandInfo kTrialsCommand = {
    .name = "trials",
    .summary = "Lists the trials of a run, a column for each parameter and metric",
    .details =
        "The answer includes every event that the log has.  Without --metric they come in the\n"
        "order in which they were recorded.\n"
        "\n"
        "A filter compares fields: =, !=, <, <=, >, >=, in (…), between … and …, like, ~ (a "
        "regular\n"
        "expression), is null, with and, or, not and parentheses.  Fields are trial_id, state,\n"
        "feasible, recorded, duration, params.NAME, metrics.NAME and error.NAME.",
    .examples =
        "daybook trials @latest\n"
        "daybook trials policy-20 --metric mean_return_bps -n 3\n"
        "daybook trials @latest --feasible --where 'metrics.mean_return_bps > 0' --format csv\n"
        "daybook trials @latest --format parquet --output sweep.parquet",
    .common_flags = kLedgerFlag | kFormatFlag | kOutputFlag,
    .make = make_command<TrialsCommand>,
};

}  // namespace daybook::cli
