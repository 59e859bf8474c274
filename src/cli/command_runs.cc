// daybook runs: the runs of a ledger, newest first.

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "cli/context.h"
#include "cli/event_text.h"
#include "cli/flags.h"
#include "cli/index_session.h"
#include "cli/liveness.h"
#include "cli/row_limit.h"
#include "cli/rows_target.h"
#include "cli/time_argument.h"
#include "query/runs.h"

namespace daybook::cli {
namespace {

Unit unit_of(const std::string& column) {
    if (column == "created_at_ms") return Unit::kTimeMs;
    return column == "duration_ms" ? Unit::kDurationMs : Unit::kNone;
}

constexpr std::size_t kRunIdColumn = 0;

// What a narrow terminal does without, the first first.
constexpr std::array<std::string_view, 8> kLeastImportant = {
    "source", "tags", "artifacts", "run_type", "trials", "duration_ms", "created_at_ms", "name"};

int drop_rank(std::string_view column) {
    const auto at = std::find(kLeastImportant.begin(), kLeastImportant.end(), column);
    return static_cast<int>(kLeastImportant.end() - at);
}

// {"a":"x","b":"y"} as "a=x b=y".
std::string tags_text(const std::string& json) {
    std::string text;
    for (const EventField& field : event_fields(json)) {
        std::string_view value = field.json;
        if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
        text += fmt::format("{}{}={}", text.empty() ? "" : " ", field.name, value);
    }
    return text;
}

class RunsCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        add_choice(app, "--status", status_,
                   "pending|running|completed|failed|cancelled|interrupted",
                   "Only runs in this state");
        app.add_option("--type", type_, "Only runs of this type")->type_name("NAME");
        app.add_option("--since", since_, "Only runs since then: 2026-01-23, 90m, 24h, 7d")
            ->type_name("TIME");
        app.add_option("--tag", tags_, "Only runs with this tag; may be repeated")
            ->type_name("KEY[=VALUE]")
            ->allow_extra_args(false);
        app.add_option("--where", where_,
                       "Only runs that pass the filter, such as \"tags.a = 'b'\"")
            ->type_name("FILTER");
        app.add_option("--where-sql", where_sql_,
                       "Only runs for which it holds, on latest_runs' columns")
            ->type_name("EXPR");
        add_count(app, "-n,--limit", limit_.asked, RowLimit::kHelp);
        app.add_flag("--show-sql", show_sql_, "Print the SQL instead of asking it");
        add_snapshot_only(app, fresh_);
    }

    Result<ExitCode> run(Context& context) override {
        query::RunFilter filter;
        if (!status_.empty()) filter.status = status_;
        if (!type_.empty()) filter.run_type = type_;
        if (!since_.empty()) {
            const auto since = parse_time_argument(since_, system_clock().now());
            if (!since) {
                return context.report(since.error().with_context("--since"), ExitCode::kUsage);
            }
            filter.since = *since;
        }
        for (const std::string& tag : tags_) filter.tags.push_back(query::parse_tag_filter(tag));
        filter.where = where_;
        filter.now = system_clock().now();
        filter.where_sql = where_sql_;
        for_people_ = context.format == Format::kTable || context.format == Format::kMarkdown;
        filter.limit = limit_.most(context);
        if (const auto sql = query::runs_sql(filter); !sql) {
            return context.report(sql.error().with_context("runs: --where"), ExitCode::kUsage);
        }
        if (show_sql_) return print_sql(context, filter);
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        auto target = RowsTarget::open(context);
        if (!target) return context.report(target.error().with_context("runs"), ExitCode::kUsage);
        ASSIGN_OR_RETURN(query::Session session, open_index(*directory, fresh_));
        const InterruptWatch watch(session);
        RETURN_IF_ERROR(judge(session, filter));
        filter.with_liveness = !for_people_;
        // Where all runs come from the log, nobody needs to be told.
        filter.with_source = !for_people_ || session.has_sources();
        ASSIGN_OR_RETURN(duck::Rows rows, query::list_runs(session, filter));
        ASSIGN_OR_RETURN(const std::size_t count, print(rows, *target));
        limit_.tell(context, *target, count, "newest");
        return ExitCode::kOk;
    }

private:
    Status judge(query::Session& session, query::RunFilter& filter) {
        ASSIGN_OR_RETURN(const LivenessByRun judged, judge_running_runs(session, filter.now));
        for (const auto& [run_id, liveness] : judged) {
            filter.liveness[run_id] = liveness_word(liveness.state);
            if (liveness.state == ledger::OwnerState::kDead) dead_.insert(run_id);
        }
        return {};
    }

    Result<ExitCode> print_sql(Context& context, query::RunFilter& filter) {
        const Status allowed = refuse_output_of_sql(context);
        if (!allowed) {
            return context.report(allowed.error().with_context("runs"), ExitCode::kUsage);
        }
        // Who is dead is no part of the tables: it is written into the statement.
        if (status_ == "running" || status_ == "interrupted") {
            const auto directory = context.existing_ledger();
            if (!directory) return context.report(directory.error(), ExitCode::kUsage);
            ASSIGN_OR_RETURN(query::Session session, open_index(*directory, fresh_));
            const InterruptWatch watch(session);
            RETURN_IF_ERROR(judge(session, filter));
        }
        ASSIGN_OR_RETURN(const std::string sql, query::runs_sql(filter));
        context.out.print("{}\n", sql);
        return ExitCode::kOk;
    }

    Result<std::size_t> print(duck::Rows& rows, RowsTarget& target) const {
        std::vector<Column> columns = columns_of(rows, unit_of);
        for (Column& column : columns) {
            if (column.name == "duration_ms") column.title = "duration";
            if (column.name == "created_at_ms") column.title = "created (UTC)";
            column.whole = column.name != "name" && column.name != "tags";
            column.drop_rank = drop_rank(column.name);
        }
        return target.write(rows, columns, [&](const duck::Rows& row, std::size_t i) -> Cell {
            if (!for_people_) return cell_of(row, i);
            if (columns[i].name == "status" && dead_.contains(row.text(kRunIdColumn))) {
                return "interrupted";
            }
            if (columns[i].name != "tags") return cell_of(row, i);
            return row.is_null(i) ? "" : tags_text(row.json(i));
        });
    }

    std::string status_;
    std::string type_;
    std::string since_;
    std::vector<std::string> tags_;
    std::string where_;
    std::string where_sql_;
    bool show_sql_ = false;
    query::FreshOptions fresh_;
    RowLimit limit_;
    bool for_people_ = true;
    std::set<std::string, std::less<>> dead_;  // runs that only the index takes for running
};

}  // namespace

extern constinit const CommandInfo kRunsCommand = {
    .name = "runs",
    .summary = "Lists runs, newest first",
    .details =
        "The answer includes every event that the log has.  A run that is recorded as running, "
        "but\n"
        "whose process has died, is shown, and found by --status, as interrupted; for programs "
        "its\n"
        "status is as recorded, and a column `liveness` says alive, dead or unknown.  --where and\n"
        "--where-sql compare it as recorded.  Where old files are attached to the ledger, runs "
        "come\n"
        "from them too, and `source` says from where: event_log or legacy.\n"
        "\n"
        "A filter compares fields: =, !=, <, <=, >, >=, in (…), between … and …, like, ilike, ~ "
        "(a\n"
        "regular expression), is null, with and, or, not and parentheses.  Fields are run_id, "
        "type,\n"
        "name, status, created, started, ended, duration, trials, artifacts, source and so on, "
        "and\n"
        "tags.NAME, config.NAME (or params.NAME), summary.NAME, metrics.NAME, error.NAME.  Text "
        "is\n"
        "in single quotes, durations have units (5m, 1h30m), times are '2026-01-23' or now - 7d.",
    .examples =
        "daybook runs\n"
        "daybook runs --status failed --since 7d\n"
        "daybook runs --where \"status = 'failed' or duration > 5m and tags.set ~ '^1'\"\n"
        "daybook runs --where 'metrics.sharpe > 1.5 and started > now - 7d' --show-sql\n"
        "daybook runs --type policy --tag demo --where-sql 'duration_ms >= 0'\n"
        "daybook runs --format json --limit 1",
    .common_flags = kLedgerFlag | kFormatFlag | kOutputFlag,
    .make = make_command<RunsCommand>,
};

}  // namespace daybook::cli
