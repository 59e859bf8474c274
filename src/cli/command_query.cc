// daybook query: SQL on the index, typed, from a file, or by name.

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/context.h"
#include "cli/explain_row.h"
#include "cli/flags.h"
#include "cli/index_session.h"
#include "cli/query_arguments.h"
#include "cli/query_limits.h"
#include "cli/rows_target.h"
#include "os/file.h"
#include "os/process.h"
#include "os/stream.h"
#include "query/query_library.h"

namespace daybook::cli {
namespace {

constexpr std::size_t kSqlBytesMax = std::size_t{16} << 20;

Result<std::string> read_standard_input() {
    std::string text;
    std::vector<char> block(std::size_t{64} << 10);
    while (true) {
        ASSIGN_OR_RETURN(const std::size_t got, os::read_some(0, block, "standard input"));
        if (got == 0) return text;
        text.append(block.data(), got);
        if (text.size() > kSqlBytesMax) {
            return fail(ErrorCode::kLimit, "read standard input: more than {} bytes of SQL",
                        kSqlBytesMax);
        }
    }
}

// What the columns of named queries measure; SQL that was typed gets what it asks for.
Unit unit_of(const std::string& column) {
    if (column.ends_with("_bytes")) return Unit::kBytes;
    if (column.ends_with("duration_ms")) return Unit::kDurationMs;
    if (column.ends_with("_at_ms") || column == "last_event_ms" || column == "timestamp_ms") {
        return Unit::kTimeMs;
    }
    return Unit::kMeasured;
}

// The value of `flag` in a command line that has not been parsed yet; empty if it is not there.
std::string value_of(const std::vector<std::string>& arguments, std::string_view flag) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == flag && i + 1 < arguments.size()) return arguments[i + 1];
        if (arguments[i].starts_with(flag) && arguments[i].substr(flag.size()).starts_with('=')) {
            return arguments[i].substr(flag.size() + 1);
        }
    }
    return "";
}

// "n integer = 10" as help tells it.
std::string told(const query::QueryParameter& parameter) {
    std::string text = parameter.description;
    if (parameter.required) text += " (required)";
    if (parameter.default_value) text += fmt::format(" ({})", *parameter.default_value);
    return text;
}

// Kinds of values are in capitals in help.
std::string upper_case(std::string_view text) {
    std::string upper(text);
    for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
    return upper;
}

// Where a terminal is too narrow for all columns, the first ones stay.
std::vector<Column> ranked_columns(const duck::Rows& rows,
                                   const std::function<Unit(const std::string&)>& unit = {}) {
    std::vector<Column> columns = columns_of(rows, unit);
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i].drop_rank = static_cast<int>(i);
    return columns;
}

std::vector<Column> measured_columns(const duck::Rows& rows) {
    std::vector<Column> columns = ranked_columns(rows, unit_of);
    for (Column& column : columns) {
        const bool timed = column.unit == Unit::kTimeMs || column.unit == Unit::kDurationMs;
        if (timed) column.title = column.name.substr(0, column.name.size() - 3);
    }
    return columns;
}

// "run metric [n=10]"
std::string listed(const std::vector<query::QueryParameter>& parameters) {
    std::string text;
    for (const query::QueryParameter& parameter : parameters) {
        const std::string value = parameter.default_value ? "=" + *parameter.default_value : "";
        text += text.empty() ? "" : " ";
        text += parameter.required ? parameter.name : fmt::format("[{}{}]", parameter.name, value);
    }
    return text;
}

class QueryCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("SQL", sql_, "What to ask; '-' reads it from standard input")
            ->type_name("SQL");
        app.add_option("-f,--file", file_, "A file that holds the SQL")->type_name("FILE");
        app.add_option("--named", name_, "A query by its name; its parameters become flags")
            ->type_name("NAME");
        app.add_flag("--list", list_, "List the queries that have names");
        app.add_option("--explain-row", row_, "Say which events a row of a table came from")
            ->type_name("TABLE KEY")
            ->expected(2);
        app.add_option("--queries", queries_, "Look for named queries there first")
            ->type_name("DIR");
        app.add_flag("--show-sql", show_sql_, "Print the SQL instead of asking it");
        app.add_option("--timeout", timeout_, "Stop after so long: 30s, 5m (no limit)")
            ->type_name("DURATION");
        app.add_option("--memory", memory_, "At most so much memory: 512MB (2GiB)")
            ->type_name("SIZE");
        add_count(app, "--threads", options_.session.threads,
                  "At most so many threads; 0: all processors");
        add_snapshot_only(app, options_);
    }

    void declare_for(CLI::App& app, const Context& context) override;
    Result<ExitCode> run(Context& context) override;

private:
    std::vector<std::string> directories(const std::string& queries,
                                         const LedgerQuestion& ledger) const;
    Status read_limits();
    Result<std::string> text() const {
        if (!file_.empty()) return os::read_file(file_, kSqlBytesMax);
        return sql_ == "-" ? read_standard_input() : sql_;
    }
    Result<ExitCode> list(Context& context) const;
    Result<ExitCode> ask(
        Context& context,
        const std::function<Result<ExitCode>(query::Session&, RowsTarget&)>& ask) const;
    static Result<ExitCode> print_sql(std::string_view sql, Context& context);
    Result<ExitCode> ask_typed(Context& context);
    Result<ExitCode> ask_named(Context& context);

    std::string sql_;
    std::string file_;
    std::string name_;
    std::vector<std::string> row_;  // table, key
    std::string queries_;
    std::string timeout_;
    std::string memory_;
    query::FreshOptions options_;
    std::int64_t time_ms_max_ = 0;  // 0: none
    bool list_ = false;
    bool show_sql_ = false;
    std::map<std::string, std::string> given_;  // the parameters of the named query
};

// The user's own come before ours.
std::vector<std::string> QueryCommand::directories(const std::string& queries,
                                                   const LedgerQuestion& ledger) const {
    std::vector<std::string> directories;
    if (!queries.empty()) directories.push_back(queries);
    if (const auto root = locate_existing_ledger(ledger)) directories.push_back(*root + "/queries");
    directories.push_back(query::shipped_queries(os::parent_path(os::executable_path())));
    return directories;
}

// A query's parameters are flags like all others, so that help, and the refusal of a mistyped one,
// know them.
void QueryCommand::declare_for(CLI::App& app, const Context& context) {
    declare(app);
    const std::string name = value_of(context.arguments, "--named");
    if (name.empty()) return;
    LedgerQuestion ledger = context.ledger;
    ledger.flag = value_of(context.arguments, "--ledger");
    const auto found =
        query::find_query(directories(value_of(context.arguments, "--queries"), ledger), name);
    const auto is_free = [&app](const std::string& flag) {
        constexpr std::string_view kCommon[] = {"--ledger", "--format", "--output", "--force"};
        return app.get_option_no_throw(flag) == nullptr &&
               std::find(std::begin(kCommon), std::end(kCommon), flag) == std::end(kCommon);
    };
    if (found) {
        for (const query::QueryParameter& parameter : found->parameters) {
            const std::string flag = "--" + parameter.name;
            if (!is_free(flag)) continue;
            app.add_option(flag, given_[parameter.name], told(parameter))
                ->type_name(upper_case(to_string(parameter.type)));
        }
        return;
    }
    // That there is no such query is told when it is asked; until then its flags are no mistakes.
    for (const std::string& word : context.arguments) {
        const std::string flag = word.substr(0, word.find('='));
        if (!flag.starts_with("--") || flag.size() < 3 || !is_free(flag)) continue;
        app.add_option(flag, given_[flag], "")->group("");
    }
}

Status QueryCommand::read_limits() {
    if (!timeout_.empty()) {
        const auto time = parse_duration(timeout_);
        if (!time) return fail(time.error().with_context("query: --timeout"));
        time_ms_max_ = *time;
    }
    if (!memory_.empty()) {
        const auto memory = parse_size(memory_);
        if (!memory) return fail(memory.error().with_context("query: --memory"));
        options_.session.memory_bytes_max = *memory;
    }
    return {};
}

Result<ExitCode> QueryCommand::run(Context& context) {
    const int asked = (sql_.empty() ? 0 : 1) + (file_.empty() ? 0 : 1) + (name_.empty() ? 0 : 1) +
                      (list_ ? 1 : 0) + (row_.empty() ? 0 : 1);
    if (!row_.empty() && asked > 1) {
        return context.report(
            Error(ErrorCode::kInvalidArgument, "query: --explain-row goes without SQL"),
            ExitCode::kUsage);
    }
    if (asked != 1) {
        return context.report(Error(ErrorCode::kInvalidArgument,
                                    "query: give one of SQL, --file, --named, --list and "
                                    "--explain-row (see 'daybook query --help')"),
                              ExitCode::kUsage);
    }
    if (const Status read = read_limits(); !read) {
        return context.report(read.error(), ExitCode::kUsage);
    }
    const bool is_file = context.format == Format::kParquet || !context.output.path.empty();
    if ((list_ || !row_.empty()) && is_file) {
        return context.report(
            Error(ErrorCode::kInvalidArgument,
                  "query: --output and --format parquet go with SQL and --named only"),
            ExitCode::kUsage);
    }
    if (list_) return list(context);
    if (!row_.empty()) {
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        return explain_row(*directory, row_[0], row_[1], context);
    }
    return name_.empty() ? ask_typed(context) : ask_named(context);
}

Result<ExitCode> QueryCommand::list(Context& context) const {
    const auto queries = query::list_queries(directories(queries_, context.ledger));
    if (!queries) return context.report(queries.error(), ExitCode::kUsage);
    const auto writer = context.rows({{.name = "name", .whole = true},
                                      {.name = "parameters", .drop_rank = 2},
                                      {.name = "title"},
                                      {.name = "file", .whole = true, .drop_rank = 3}});
    for (const query::NamedQuery& query : *queries) {
        writer->row({query.name, listed(query.parameters), query.title, query.path});
    }
    writer->finish();
    return ExitCode::kOk;
}

// Opens where the rows go and then the index, and has `ask` ask.
Result<ExitCode> QueryCommand::ask(
    Context& context,
    const std::function<Result<ExitCode>(query::Session& session, RowsTarget& target)>& ask) const {
    const auto directory = context.existing_ledger();
    if (!directory) return context.report(directory.error(), ExitCode::kUsage);
    auto target = RowsTarget::open(context);
    if (!target) return context.report(target.error().with_context("query"), ExitCode::kUsage);
    ASSIGN_OR_RETURN(query::Session session, open_index(*directory, options_));
    const InterruptWatch watch(session);
    return ask(session, *target);
}

Result<ExitCode> QueryCommand::print_sql(std::string_view sql, Context& context) {
    const Status allowed = refuse_output_of_sql(context);
    if (!allowed) return context.report(allowed.error().with_context("query"), ExitCode::kUsage);
    context.out.write(sql);
    return ExitCode::kOk;
}

Result<ExitCode> QueryCommand::ask_typed(Context& context) {
    const auto sql = text();
    if (!sql) return context.report(sql.error(), ExitCode::kUsage);
    if (show_sql_) return print_sql(*sql + "\n", context);
    return ask(context, [&](query::Session& session, RowsTarget& target) -> Result<ExitCode> {
        const TimeLimit limit(session, time_ms_max_);
        Result<duck::Rows> rows = session.stream(*sql);
        if (!rows) return fail(limit.explain(rows.error()));
        const auto written = target.write(*rows, ranked_columns(*rows));
        if (!written) return fail(limit.explain(written.error()));
        return ExitCode::kOk;
    });
}

Result<ExitCode> QueryCommand::ask_named(Context& context) {
    const auto named = query::find_query(directories(queries_, context.ledger), name_);
    if (!named) return context.report(named.error().with_context("query"), ExitCode::kUsage);
    for (const query::QueryParameter& parameter : named->parameters) {
        if (given_.contains(parameter.name)) continue;
        return context.report(Error(ErrorCode::kInvalidArgument,
                                    fmt::format("query: {}: the parameter {} has the name of a "
                                                "flag of daybook query: give it another",
                                                named->path, parameter.name)),
                              ExitCode::kUsage);
    }
    if (show_sql_) return print_sql(named->source, context);
    return ask(context, [&](query::Session& session, RowsTarget& target) -> Result<ExitCode> {
        const auto arguments = QueryArguments::read(*named, given_, system_clock().now(), session);
        if (!arguments) {
            return context.report(arguments.error().with_context("query"), ExitCode::kUsage);
        }
        const TimeLimit limit(session, time_ms_max_);
        Result<duck::Rows> rows = session.query(named->sql, arguments->parameters());
        if (!rows) return fail(limit.explain(rows.error()).with_context(named->path));
        const auto written = target.write(*rows, measured_columns(*rows));
        if (!written) return fail(limit.explain(written.error()));
        return ExitCode::kOk;
    });
}

}  // namespace

extern constinit const CommandInfo kQueryCommand = {
    .name = "query",
    .summary = "Answers SQL from the index, read-only",
    .details =
        "The answer includes every event that the log has.  Of several statements the rows of "
        "the\n"
        "last are printed.  Tables: runs_d, runs_status, run_tags, run_notes, phase_timings,\n"
        "trial_results, metric_points, artifacts_catalog, baselines, custom_events; views:\n"
        "latest_runs, trial_values, run_phase_summary, run_tree; macros: best_trials(run, metric,\n"
        "n), compare_runs(a, b).  Columns are told in docs/formats/tables.md.\n"
        "\n"
        "Queries that have names are files *.sql in --queries DIR, in queries/ of the ledger, and\n"
        "those that come with daybook; --named NAME --help tells the parameters of one.\n"
        "\n"
        "--explain-row asks the log and not the index which events, by part and offset, won the "
        "row's\n"
        "columns, and why others lost.  KEY is run_id=…,trial_id=… or the values in the key's "
        "order;\n"
        "a point without a step has its event's id there.",
    .examples =
        "daybook query 'SELECT run_id, status, duration_ms FROM latest_runs LIMIT 10'\n"
        "daybook query --format csv 'SELECT * FROM run_phase_summary'\n"
        "daybook query -f report.sql --format markdown\n"
        "daybook query 'FROM trial_results' --format parquet --output trials.parquet\n"
        "daybook query --list\n"
        "daybook query --named best-trials --run @latest --metric mean_return_bps\n"
        "echo 'SHOW TABLES' | daybook query -\n"
        "# where does this row come from?\n"
        "daybook query --explain-row trial_results run_id=r1,trial_id=t7",
    .common_flags = kLedgerFlag | kFormatFlag | kOutputFlag,
    .make = make_command<QueryCommand>,
};

}  // namespace daybook::cli
