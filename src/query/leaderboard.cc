#include "query/leaderboard.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>

#include "base/check.h"
#include "duck/sql.h"
#include "os/file.h"
#include "query/catalog.h"
#include "query/runs.h"

namespace daybook::query {
namespace {

// What is read of each type of file.
struct Wanted {
    std::string_view type;
    std::vector<artifact::ParquetColumn> columns;
};

const std::vector<Wanted>& wanted_files() {
    static const std::vector<Wanted> kWanted = {
        {"alerts",
         {{"call_id", "VARCHAR"},
          {"caller_name", "VARCHAR"},
          {"mint", "VARCHAR"},
          {"alert_ts_ms", "BIGINT"}}},
        {"paths",
         {{"call_id", "VARCHAR"},
          {"caller_name", "VARCHAR"},
          {"mint", "VARCHAR"},
          {"alert_ts_ms", "BIGINT"},
          {"p0", "DOUBLE"},
          {"hit_2x", "BOOLEAN"},
          {"t_2x_ms", "BIGINT"},
          {"hit_3x", "BOOLEAN"},
          {"hit_4x", "BOOLEAN"},
          {"peak_multiple", "DOUBLE"},
          {"dd_bps", "DOUBLE"}}},
        {"trades",
         {{"policy_id", "VARCHAR"},
          {"call_id", "VARCHAR"},
          {"realized_return_bps", "DOUBLE"},
          {"stop_out", "BOOLEAN"}}},
    };
    return kWanted;
}

// Columns that a scan adds to a file's own: where a row lies.
const std::vector<artifact::ParquetColumn>& place_columns() {
    static const std::vector<artifact::ParquetColumn> kPlace = {{"filename", "VARCHAR"},
                                                                {"file_row_number", "BIGINT"}};
    return kPlace;
}

// Callers, symbols and ids may be null in files of others, and null is then one of them: USING
// would drop such calls.
constexpr std::string_view kStatement =
    R"SQL(-- Files, those of the newest run first: of several that have one call, the newest counts.
WITH files(filename, run_id, age) AS (VALUES
    {files}),
alert_rows AS (SELECT f.run_id, {alert_columns}
    FROM {alerts} r JOIN files f USING (filename)),
path_rows AS (SELECT f.age, r.file_row_number, {path_columns}
    FROM {paths} r JOIN files f USING (filename)),
trade_rows AS (SELECT f.run_id, f.age, r.file_row_number, {trade_columns}
    FROM {trades} r JOIN files f USING (filename)),
paths AS (
    SELECT * FROM path_rows
    WHERE p0 IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY caller_name, call_id, mint, alert_ts_ms
                               ORDER BY age, file_row_number) = 1),
trades AS (
    SELECT a.caller_name, t.call_id, a.mint, a.alert_ts_ms, t.policy_id, t.realized_return_bps,
           t.stop_out
    FROM trade_rows t JOIN alert_rows a
        ON t.run_id = a.run_id AND t.call_id IS NOT DISTINCT FROM a.call_id
    WHERE t.realized_return_bps IS NOT NULL{policy}
    QUALIFY row_number() OVER (PARTITION BY t.policy_id, a.caller_name, t.call_id, a.mint,
                                            a.alert_ts_ms
                               ORDER BY t.age, t.file_row_number) = 1),
members AS ({members}),
counts AS (SELECT name, count(*) AS calls FROM members GROUP BY name),
measured AS (
    SELECT m.name, avg(hit_2x::INTEGER) AS hit_2x_rate, avg(hit_3x::INTEGER) AS hit_3x_rate,
           avg(hit_4x::INTEGER) AS hit_4x_rate, median(peak_multiple) AS median_peak_multiple,
           median(dd_bps) AS median_dd_bps,
           median(t_2x_ms - p.alert_ts_ms) AS median_time_to_2x_ms{measured_n}
    FROM members m JOIN paths p ON m.caller_name IS NOT DISTINCT FROM p.caller_name
        AND m.call_id IS NOT DISTINCT FROM p.call_id AND m.mint IS NOT DISTINCT FROM p.mint
        AND m.alert_ts_ms IS NOT DISTINCT FROM p.alert_ts_ms
    GROUP BY m.name),
traded AS (
    SELECT {key} AS name, count(*) AS trades, median(realized_return_bps) AS median_net_return_bps,
           avg(stop_out::INTEGER) AS stop_out_rate{traded_n}
    FROM trades GROUP BY name),
board AS (
    SELECT c.name AS {title}, calls, coalesce(trades, 0) AS trades, hit_2x_rate, hit_3x_rate,
           hit_4x_rate, median_peak_multiple, median_dd_bps, median_time_to_2x_ms,
           median_net_return_bps, stop_out_rate,
           -- n: how many values the rank is made of.
           sqrt({n} / ({n} + 50.0)) AS confidence
    FROM counts c LEFT JOIN measured m ON c.name IS NOT DISTINCT FROM m.name
        LEFT JOIN traded t ON c.name IS NOT DISTINCT FROM t.name
    WHERE calls >= {calls_min})
SELECT row_number() OVER (ORDER BY {order}) AS rank, * FROM board ORDER BY rank{limit})SQL";

constexpr std::string_view kMembersOfCallers =
    "SELECT caller_name AS name, caller_name, call_id, mint, alert_ts_ms FROM paths\n"
    "    UNION SELECT caller_name, caller_name, call_id, mint, alert_ts_ms FROM trades";
constexpr std::string_view kMembersOfPolicies =
    "SELECT DISTINCT policy_id AS name, caller_name, call_id, mint, alert_ts_ms FROM trades";

// The value of a path or a trade that a column of the board sums up.
struct Measure {
    std::string_view column;
    std::string_view value;
};
constexpr std::array kOfPaths = {
    Measure{"hit_2x_rate", "hit_2x"},   Measure{"hit_3x_rate", "hit_3x"},
    Measure{"hit_4x_rate", "hit_4x"},   Measure{"median_peak_multiple", "peak_multiple"},
    Measure{"median_dd_bps", "dd_bps"}, Measure{"median_time_to_2x_ms", "t_2x_ms - p.alert_ts_ms"},
};
constexpr std::array kOfTrades = {
    Measure{"trades", "*"},
    Measure{"median_net_return_bps", "*"},
    Measure{"stop_out_rate", "stop_out"},
};

// Counts the values of `column`, if it is one of `measures`; empty: it is not.
std::string count_of(std::span<const Measure> measures, std::string_view column) {
    for (const Measure& measure : measures) {
        if (measure.column == column) return fmt::format(", count({}) AS n", measure.value);
    }
    return "";
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
    std::string text;
    for (const std::string& word : words) {
        if (!text.empty()) text += between;
        text += word;
    }
    return text;
}

// "r.call_id, r.mint"
std::string column_list(const Wanted& wanted) {
    std::vector<std::string> words;
    for (const artifact::ParquetColumn& column : wanted.columns) {
        words.push_back("r." + column.name);
    }
    return joined(words, ", ");
}

// What stands in for files that are not there: no rows, of the same types.
std::string empty_scan(const Wanted& wanted) {
    std::vector<std::string> words;
    for (const auto* columns : {&wanted.columns, &place_columns()}) {
        for (const artifact::ParquetColumn& column : *columns) {
            words.push_back(fmt::format("NULL::{} AS {}", column.type, column.name));
        }
    }
    return fmt::format("(SELECT {} WHERE false)", joined(words, ", "));
}

// What keeps a file with these columns from being counted; empty: nothing.
std::string mistake_in(const std::vector<artifact::ParquetColumn>& columns, const Wanted& wanted) {
    std::map<std::string_view, std::string_view> types;
    for (const artifact::ParquetColumn& column : columns) types[column.name] = column.type;
    for (const artifact::ParquetColumn& column : wanted.columns) {
        const auto found = types.find(column.name);
        if (found == types.end()) return fmt::format("it has no column {}", column.name);
        if (found->second != column.type) {
            return fmt::format("column {} is {}, expected {}", column.name, found->second,
                               column.type);
        }
    }
    for (const artifact::ParquetColumn& column : place_columns()) {
        if (!types.contains(column.name)) continue;
        return fmt::format("it has a column {}, a name that is needed to say where its rows lie",
                           column.name);
    }
    return "";
}

const Wanted& wanted_of(std::string_view type) {
    const auto& all = wanted_files();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const Wanted& wanted) { return wanted.type == type; });
    DAYBOOK_CHECK(found != all.end());
    return *found;
}

std::string order_column(const LeaderboardOptions& options, bool has_paths) {
    if (!options.order_by.empty()) return options.order_by;
    return options.by == LeaderboardBy::kCaller && has_paths ? "median_peak_multiple"
                                                             : "median_net_return_bps";
}

std::string order_clause(std::string_view column, std::string_view title) {
    const bool less_is_better = column == "median_time_to_2x_ms" || column == "stop_out_rate";
    return fmt::format("{} {} NULLS LAST, calls DESC, {}", column, less_is_better ? "ASC" : "DESC",
                       title);
}

// The files that can be counted, by type.
class FileChooser {
public:
    FileChooser(artifact::ParquetReader& reader, Leaderboard& board)
        : reader_(reader), board_(board) {}

    void choose(const std::vector<CatalogFile>& files) {
        for (const CatalogFile& file : files) consider(file);
        for (const auto& [type, run_id] : runs_of_) {
            if (type == "trades" && !runs_of_.contains({"alerts", run_id})) {
                board_.notes.push_back(fmt::format(
                    "run {}: its trades are not counted: it has no alerts that say whose they are",
                    run_id));
            }
        }
    }

    bool has_paths() const { return paths_.contains("paths"); }
    bool has_any() const { return has_paths() || paths_.contains("trades"); }
    // "('/a.parquet', 'r2', 1), ('/b.parquet', 'r1', 2)": the newest run's first, of one run by
    // path.
    const std::string& files() const { return files_; }
    std::string source(const Wanted& wanted) const {
        const auto found = paths_.find(wanted.type);
        if (found != paths_.end()) return artifact::parquet_scan_with_places(found->second);
        return empty_scan(wanted);
    }

private:
    void consider(const CatalogFile& file) {
        const FileLook look = look_at(file);
        if (look.state != FileState::kPresent) return note(file, look.why);
        const auto columns = reader_.columns(file.file);
        if (!columns) return note(file, columns.error().message());
        const std::string mistake = mistake_in(*columns, wanted_of(file.type));
        if (!mistake.empty()) return note(file, mistake);
        add(file);
    }
    void add(const CatalogFile& file) {
        // From wherever the statement is asked, the names mean the same files.
        const std::string path = os::canonical_path(file.file);
        std::vector<std::string>& paths = paths_[file.type];
        // Two runs may have recorded one file; its rows are then each of them's.
        if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
        files_ +=
            fmt::format("{}({}, {}, {})", files_.empty() ? "" : ",\n    ",
                        duck::quote_literal(path), duck::quote_literal(file.run_id), ++count_);
        runs_of_.insert({file.type, file.run_id});
    }
    void note(const CatalogFile& file, const std::string& why) {
        board_.notes.push_back(
            fmt::format("run {}: {} is not counted: {}", file.run_id, file.path, why));
    }

    artifact::ParquetReader& reader_;
    Leaderboard& board_;
    std::map<std::string, std::vector<std::string>, std::less<>> paths_;  // by type
    std::string files_;
    std::size_t count_ = 0;
    std::set<std::pair<std::string, std::string>> runs_of_;  // type and run
};

std::string statement(const FileChooser& files, const LeaderboardOptions& options,
                      const std::string& order) {
    const bool by_caller = options.by == LeaderboardBy::kCaller;
    const std::string_view title = by_caller ? "caller" : "policy";
    const Wanted& alerts = wanted_of("alerts");
    const Wanted& paths = wanted_of("paths");
    const Wanted& trades = wanted_of("trades");
    const std::string measured_n = count_of(kOfPaths, order);
    const std::string traded_n = count_of(kOfTrades, order);
    return fmt::format(
        kStatement, fmt::arg("files", files.files()),
        fmt::arg("alert_columns", column_list(alerts)), fmt::arg("alerts", files.source(alerts)),
        fmt::arg("path_columns", column_list(paths)), fmt::arg("paths", files.source(paths)),
        fmt::arg("trade_columns", column_list(trades)), fmt::arg("trades", files.source(trades)),
        fmt::arg("policy", options.policy_id.empty()
                               ? std::string()
                               : " AND t.policy_id = " + duck::quote_literal(options.policy_id)),
        fmt::arg("members", by_caller ? kMembersOfCallers : kMembersOfPolicies),
        fmt::arg("key", by_caller ? "caller_name" : "policy_id"), fmt::arg("title", title),
        fmt::arg("measured_n", measured_n), fmt::arg("traded_n", traded_n),
        fmt::arg("n", measured_n.empty() && traded_n.empty() ? "calls" : "coalesce(n, 0)"),
        fmt::arg("calls_min", options.calls_min), fmt::arg("order", order_clause(order, title)),
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
    files.choose(found);
    if (!files.has_any()) {
        return fail(ErrorCode::kNotFound,
                    "no completed run{} has paths or trades that can be counted{}{}; 'daybook "
                    "backtest' makes them",
                    options.run_ids.empty() && options.experiment.empty() ? "" : " that was chosen",
                    board.notes.empty() ? "" : ":\n  ", joined(board.notes, "\n  "));
    }
    board.order_column = order_column(options, files.has_paths());
    board.sql = statement(files, options, board.order_column);
    return board;
}

}  // namespace daybook::query
