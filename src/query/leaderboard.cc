#include "query/leaderboard.h"

#include <algorithm>
#include <map>
#include <set>

#include "duck/sql.h"
#include "os/file.h"
#include "query/catalog.h"
#include "query/runs.h"

namespace daybook::query {
namespace {

// What is read of each type of file, with the types that stand in for files that are not there.
struct Wanted {
    std::string_view type;
    std::vector<std::string> columns;
    std::string_view empty;
};

const std::vector<Wanted>& wanted_files() {
    static const std::vector<Wanted> kWanted = {
        {"alerts",
         {"run_id", "call_id", "caller_name", "mint", "alert_ts_ms"},
         "NULL::VARCHAR AS run_id, NULL::VARCHAR AS call_id, NULL::VARCHAR AS caller_name, "
         "NULL::VARCHAR AS mint, NULL::BIGINT AS alert_ts_ms"},
        {"paths",
         {"run_id", "call_id", "caller_name", "mint", "alert_ts_ms", "p0", "hit_2x", "t_2x_ms",
          "hit_3x", "hit_4x", "peak_multiple", "dd_bps"},
         "NULL::VARCHAR AS run_id, NULL::VARCHAR AS call_id, NULL::VARCHAR AS caller_name, "
         "NULL::VARCHAR AS mint, NULL::BIGINT AS alert_ts_ms, NULL::DOUBLE AS p0, "
         "NULL::BOOLEAN AS hit_2x, NULL::BIGINT AS t_2x_ms, NULL::BOOLEAN AS hit_3x, "
         "NULL::BOOLEAN AS hit_4x, NULL::DOUBLE AS peak_multiple, NULL::DOUBLE AS dd_bps"},
        {"trades",
         {"run_id", "policy_id", "call_id", "realized_return_bps", "stop_out"},
         "NULL::VARCHAR AS run_id, NULL::VARCHAR AS policy_id, NULL::VARCHAR AS call_id, "
         "NULL::DOUBLE AS realized_return_bps, NULL::BOOLEAN AS stop_out"},
    };
    return kWanted;
}

constexpr std::string_view kStatement =
    R"SQL(-- Runs, the newest first: of several that measured one call, the newest counts.
WITH runs(run_id, age) AS (VALUES {runs}),
alert_rows AS (SELECT {alert_columns} FROM {alerts}),
path_rows AS (SELECT {path_columns} FROM {paths}),
trade_rows AS (SELECT {trade_columns} FROM {trades}),
paths AS (
    SELECT * FROM path_rows JOIN runs USING (run_id)
    WHERE p0 IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY caller_name, call_id, mint, alert_ts_ms
                               ORDER BY age) = 1),
trades AS (
    SELECT a.caller_name, call_id, a.mint, a.alert_ts_ms, t.policy_id, t.realized_return_bps,
           t.stop_out
    FROM trade_rows t JOIN runs USING (run_id) JOIN alert_rows a USING (run_id, call_id)
    WHERE t.realized_return_bps IS NOT NULL{policy}
    QUALIFY row_number() OVER (PARTITION BY t.policy_id, a.caller_name, call_id, a.mint,
                                            a.alert_ts_ms ORDER BY age) = 1),
members AS ({members}),
counts AS (SELECT name, count(*) AS calls FROM members GROUP BY name),
measured AS (
    SELECT name, avg(hit_2x::INTEGER) AS hit_2x_rate, avg(hit_3x::INTEGER) AS hit_3x_rate,
           avg(hit_4x::INTEGER) AS hit_4x_rate, median(peak_multiple) AS median_peak_multiple,
           median(dd_bps) AS median_dd_bps, median(t_2x_ms - alert_ts_ms) AS median_time_to_2x_ms
    FROM members JOIN paths USING (caller_name, call_id, mint, alert_ts_ms) GROUP BY name),
traded AS (
    SELECT {key} AS name, count(*) AS trades, median(realized_return_bps) AS median_net_return_bps,
           avg(stop_out::INTEGER) AS stop_out_rate
    FROM trades GROUP BY name),
board AS (
    SELECT name AS {title}, calls, coalesce(trades, 0) AS trades, hit_2x_rate, hit_3x_rate,
           hit_4x_rate, median_peak_multiple, median_dd_bps, median_time_to_2x_ms,
           median_net_return_bps, stop_out_rate, sqrt(calls / (calls + 50.0)) AS confidence
    FROM counts LEFT JOIN measured USING (name) LEFT JOIN traded USING (name)
    WHERE calls >= {calls_min})
SELECT row_number() OVER (ORDER BY {order}) AS rank, * FROM board ORDER BY rank{limit})SQL";

constexpr std::string_view kMembersOfCallers =
    "SELECT caller_name AS name, caller_name, call_id, mint, alert_ts_ms FROM paths\n"
    "    UNION SELECT caller_name, caller_name, call_id, mint, alert_ts_ms FROM trades";
constexpr std::string_view kMembersOfPolicies =
    "SELECT DISTINCT policy_id AS name, caller_name, call_id, mint, alert_ts_ms FROM trades";

std::string joined(const std::vector<std::string>& words, std::string_view between) {
    std::string text;
    for (const std::string& word : words) {
        if (!text.empty()) text += between;
        text += word;
    }
    return text;
}

std::string order_clause(const LeaderboardOptions& options, std::string_view title) {
    const bool by_caller = options.by == LeaderboardBy::kCaller;
    const std::string column = !options.order_by.empty() ? options.order_by
                               : by_caller               ? "median_peak_multiple"
                                                         : "median_net_return_bps";
    const bool less_is_better = column == "median_time_to_2x_ms" || column == "stop_out_rate";
    return fmt::format("{} {} NULLS LAST, calls DESC, {}", column, less_is_better ? "ASC" : "DESC",
                       title);
}

// The files that can be counted, by type.
class FileChooser {
public:
    FileChooser(artifact::ParquetReader& reader, Leaderboard& board)
        : reader_(reader), board_(board) {}

    Status choose(const std::vector<CatalogFile>& files) {
        for (const CatalogFile& file : files) RETURN_IF_ERROR(consider(file));
        for (const auto& [type, run_id] : runs_of_) {
            if (type == "trades" && !runs_of_.contains({"alerts", run_id})) {
                board_.notes.push_back(fmt::format(
                    "run {}: its trades are not counted: it has no alerts that say whose they are",
                    run_id));
            }
        }
        return {};
    }

    bool has_any() const { return paths_.contains("paths") || paths_.contains("trades"); }
    // "('r2', 1), ('r1', 2)"
    std::string runs() const {
        std::string list;
        for (std::size_t i = 0; i < run_ids_.size(); ++i) {
            list += fmt::format("{}({}, {})", i == 0 ? "" : ", ", duck::quote_literal(run_ids_[i]),
                                i + 1);
        }
        return list;
    }
    std::string source(const Wanted& wanted) const {
        const auto found = paths_.find(wanted.type);
        if (found != paths_.end()) return artifact::parquet_scan(found->second);
        return fmt::format("(SELECT {} WHERE false)", wanted.empty);
    }

private:
    Status consider(const CatalogFile& file) {
        ASSIGN_OR_RETURN(const FileState state, look_at(file));
        if (state == FileState::kMissing) {
            note(file, "the file is missing");
            return {};
        }
        const Result<std::vector<std::string>> columns = reader_.column_names(file.file);
        if (!columns) {
            note(file, columns.error().message());
            return {};
        }
        const std::set<std::string> names(columns->begin(), columns->end());
        for (const Wanted& wanted : wanted_files()) {
            if (wanted.type != file.type) continue;
            for (const std::string& column : wanted.columns) {
                if (names.contains(column)) continue;
                note(file, fmt::format("it has no column {}", column));
                return {};
            }
        }
        // From wherever the statement is asked, the names mean the same files.
        paths_[file.type].push_back(os::canonical_path(file.file));
        if (run_ids_.empty() || run_ids_.back() != file.run_id) run_ids_.push_back(file.run_id);
        runs_of_.insert({file.type, file.run_id});
        return {};
    }
    void note(const CatalogFile& file, const std::string& why) {
        board_.notes.push_back(
            fmt::format("run {}: {} is not counted: {}", file.run_id, file.path, why));
    }

    artifact::ParquetReader& reader_;
    Leaderboard& board_;
    std::map<std::string, std::vector<std::string>, std::less<>> paths_;  // by type
    std::vector<std::string> run_ids_;                                    // the newest first
    std::set<std::pair<std::string, std::string>> runs_of_;               // type and run
};

std::string statement(const FileChooser& files, const LeaderboardOptions& options) {
    const bool by_caller = options.by == LeaderboardBy::kCaller;
    const std::string_view title = by_caller ? "caller" : "policy";
    const Wanted& alerts = wanted_files()[0];
    const Wanted& paths = wanted_files()[1];
    const Wanted& trades = wanted_files()[2];
    return fmt::format(
        kStatement, fmt::arg("runs", files.runs()),
        fmt::arg("alert_columns", joined(alerts.columns, ", ")),
        fmt::arg("alerts", files.source(alerts)),
        fmt::arg("path_columns", joined(paths.columns, ", ")),
        fmt::arg("paths", files.source(paths)),
        fmt::arg("trade_columns", joined(trades.columns, ", ")),
        fmt::arg("trades", files.source(trades)),
        fmt::arg("policy", options.policy_id.empty()
                               ? std::string()
                               : " AND t.policy_id = " + duck::quote_literal(options.policy_id)),
        fmt::arg("members", by_caller ? kMembersOfCallers : kMembersOfPolicies),
        fmt::arg("key", by_caller ? "caller_name" : "policy_id"), fmt::arg("title", title),
        fmt::arg("calls_min", options.calls_min), fmt::arg("order", order_clause(options, title)),
        fmt::arg("limit", limit_clause(options.limit)));
}

}  // namespace

Result<Leaderboard> make_leaderboard(Session& session, artifact::ParquetReader& reader,
                                     const std::string& root, const LeaderboardOptions& options) {
    ASSIGN_OR_RETURN(const std::vector<CatalogFile> found,
                     files_of_completed_runs(session, root,
                                             {.types = {"alerts", "paths", "trades"},
                                              .run_ids = options.run_ids,
                                              .experiment = options.experiment}));
    Leaderboard board;
    FileChooser files(reader, board);
    RETURN_IF_ERROR(files.choose(found));
    if (!files.has_any()) {
        return fail(ErrorCode::kNotFound,
                    "no completed run{} has paths or trades that can be counted{}{}; 'daybook "
                    "backtest' makes them",
                    options.run_ids.empty() && options.experiment.empty() ? "" : " that was chosen",
                    board.notes.empty() ? "" : ":\n  ", joined(board.notes, "\n  "));
    }
    board.sql = statement(files, options);
    return board;
}

}  // namespace daybook::query
