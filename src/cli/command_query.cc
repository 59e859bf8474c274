// daybook query: SQL on the index.

#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/explain_row.h"
#include "cli/flags.h"
#include "cli/index_session.h"
#include "cli/rows_target.h"
#include "os/file.h"
#include "os/stream.h"

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

class QueryCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("SQL", sql_, "What to ask; '-' reads it from standard input")
            ->type_name("SQL");
        app.add_option("-f,--file", file_, "A file that holds the SQL")->type_name("FILE");
        app.add_option("--explain-row", row_, "Say which events a row of a table came from")
            ->type_name("TABLE KEY")
            ->expected(2);
    }

    Result<ExitCode> run(Context& context) override {
        if (!row_.empty()) return explain(context);
        if (sql_.empty() == file_.empty()) {
            return context.report(Error(ErrorCode::kInvalidArgument,
                                        "query: give either SQL or --file (see 'daybook query "
                                        "--help')"),
                                  ExitCode::kUsage);
        }
        const auto sql = text();
        if (!sql) return context.report(sql.error(), ExitCode::kUsage);
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        auto target = RowsTarget::open(context);
        if (!target) return context.report(target.error().with_context("query"), ExitCode::kUsage);
        ASSIGN_OR_RETURN(query::Session session, open_index(*directory));
        const InterruptWatch watch(session);
        ASSIGN_OR_RETURN(duck::Rows rows, session.stream(*sql));
        RETURN_IF_ERROR(target->write(rows, columns_of(rows)));
        return ExitCode::kOk;
    }

private:
    Result<std::string> text() const {
        if (!file_.empty()) return os::read_file(file_, kSqlBytesMax);
        return sql_ == "-" ? read_standard_input() : sql_;
    }

    Result<ExitCode> explain(Context& context) const {
        if (!sql_.empty() || !file_.empty()) {
            return context.report(
                Error(ErrorCode::kInvalidArgument, "query: --explain-row goes without SQL"),
                ExitCode::kUsage);
        }
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        return explain_row(*directory, row_[0], row_[1], context);
    }

    std::vector<std::string> row_;  // table, key
    std::string sql_;
    std::string file_;
};

}  // namespace

extern constinit const CommandInfo kQueryCommand = {
    .name = "query",
    .summary = "Answers SQL from the index, read-only",
    .details =
        "The index is first brought up to date with the log.  Of several statements the rows of "
        "the\n"
        "last are printed.  Tables: runs_d, runs_status, run_tags, run_notes, phase_timings,\n"
        "trial_results, metric_points, artifacts_catalog, baselines, custom_events; views:\n"
        "latest_runs, trial_values, run_phase_summary, run_tree; macros: best_trials(run, metric,\n"
        "n), compare_runs(a, b).  Columns are told in docs/formats/tables.md.\n"
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
        "echo 'SHOW TABLES' | daybook query -\n"
        "# where does this row come from?\n"
        "daybook query --explain-row trial_results run_id=r1,trial_id=t7",
    .common_flags = kLedgerFlag | kFormatFlag | kOutputFlag,
    .make = make_command<QueryCommand>,
};

}  // namespace daybook::cli
