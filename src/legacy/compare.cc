#include "legacy/compare.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <unordered_map>
#include <utility>

#include "duck/sql.h"
#include "index/tables.h"
#include "legacy/json_compare.h"

namespace daybook::legacy {
namespace {

using index::Role;
using index::Table;
using index::TableSpec;
using index::Type;

constexpr std::uint64_t kRowsBetweenQuestions = 16'384;

constexpr std::array kComparedTables = {Table::kRuns,   Table::kStatus,    Table::kPhases,
                                        Table::kTrials, Table::kArtifacts, Table::kBaselines,
                                        Table::kPoints, Table::kTags};

// Of runs_status: what follows from other tables, or is said of a run afterwards.
constexpr std::array<std::string_view, 4> kNotOfTheRun = {"last_event_ms", "deleted", "trials",
                                                          "artifacts"};
// … and the rows of runs that are recorded: of others there are only tags or notes.
constexpr std::string_view kOfRecordedRuns =
    " WHERE _active OR run_id IN (SELECT run_id FROM runs_d)";
// Of runs_status: what an assumed end decides.
constexpr std::array<std::string_view, 6> kOfTheEnd = {
    "status", "completed_at_ms", "ended_at_ms", "summary_json", "artifact_paths", "error_json"};

template <typename Names>
bool is_one_of(std::string_view name, const Names& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// A run of the period, and who has it.
struct RunEntry {
    bool in_log = false;
    bool in_file = false;
    std::optional<std::int64_t> created_in_log{};
    std::optional<std::int64_t> created_in_file{};
    bool end_assumed = false;  // in the file
    bool is_compared = true;   // created in the period
    bool is_different = false;
};

struct ComparedColumn {
    std::string name;
    Type type = Type::kText;
    std::string expression{};  // its text
    bool file_has = false;     // some row of the file says something there
};

// How the rows of one table are asked for: the key first, the run first of all.
struct ComparedTable {
    Table table;
    std::string_view name;
    std::vector<ComparedColumn> columns{};
    std::size_t key_columns = 0;
    bool file_has = false;  // any row

    std::string sql() const {
        std::string columns_sql;
        std::string order;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            columns_sql += fmt::format("{}{}", i == 0 ? "" : ", ", columns[i].expression);
            // Points without a step may have one key, and then come by their values.
            if (i >= key_columns && table != Table::kPoints) continue;
            order += fmt::format("{}{} NULLS FIRST", i == 0 ? "" : ", ", i + 1);
        }
        return fmt::format("SELECT {} FROM {}{} ORDER BY {}", columns_sql, name,
                           table == Table::kStatus ? kOfRecordedRuns : "", order);
    }
};

ComparedColumn compared(const TableSpec& table, const index::Column& column) {
    const std::string quoted = duck::quote_identifier(column.name);
    ComparedColumn result{.name = std::string(column.name), .type = column.type};
    // A list's own text does not tell "a, b" from "a" and "b".
    result.expression = column.type == Type::kTexts ? fmt::format("to_json({})::VARCHAR", quoted)
                                                    : quoted + "::VARCHAR";
    // Without a step a point is that of its time: its event's id is another in each store.
    if (table.table == Table::kPoints && column.name == "step") {
        result.expression = "coalesce(step::VARCHAR, 'at ' || timestamp_ms)";
    }
    return result;
}

bool is_value(Table table, const index::Column& column) {
    if (column.role == Role::kKey || column.role == Role::kEventId ||
        column.role == Role::kDerived || column.name.starts_with('_') || column.name == "extra") {
        return false;
    }
    return table != Table::kStatus || !is_one_of(column.name, kNotOfTheRun);
}

ComparedTable compared(Table table) {
    const TableSpec& spec = index::spec(table);
    ComparedTable result{.table = table, .name = spec.name};
    for (const index::Column& column : spec.columns) {
        if (column.role == Role::kKey) result.columns.push_back(compared(spec, column));
    }
    result.key_columns = result.columns.size();
    for (const index::Column& column : spec.columns) {
        if (is_value(table, column)) result.columns.push_back(compared(spec, column));
    }
    if (table == Table::kTrials) {
        // Numbers that JSON cannot hold are null in `metrics`.
        result.columns.push_back(
            {.name = "nonfinite",
             .type = Type::kJson,
             .expression = fmt::format("json_extract({}, '$.nonfinite')::VARCHAR",
                                       duck::valid_json("extra"))});
    }
    return result;
}

bool says_nothing(std::optional<std::string_view> value) {
    return !value || value->empty() || *value == "{}" || *value == "[]";
}

bool is_time(const ComparedColumn& column) {
    return column.type == Type::kInt && column.name.ends_with("_ms");
}

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// Of any two integers.
std::uint64_t distance(std::int64_t a, std::int64_t b) {
    const auto greater = static_cast<std::uint64_t>(std::max(a, b));
    return greater - static_cast<std::uint64_t>(std::min(a, b));
}

// The rows of one side that belong to runs of the period, one after the other.
class Side {
public:
    using Runs = std::unordered_map<std::string, RunEntry>;

    Side(duck::Rows rows, Runs& runs) : rows_(std::move(rows)), runs_(&runs) {}

    Status advance() {
        while (true) {
            ASSIGN_OR_RETURN(has_row_, rows_.next());
            if (!has_row_) return {};
            const std::string_view run_id = rows_.get_string(0);
            // Rows come by their runs.
            if (run_ == nullptr || run_id != run_id_) {
                run_id_ = run_id;
                const auto found = runs_->find(run_id_);
                run_ = found == runs_->end() ? nullptr : &found->second;
            }
            if (run_ != nullptr && run_->is_compared) return {};
        }
    }
    bool has_row() const { return has_row_; }
    const std::string& run_id() const { return run_id_; }
    RunEntry& run() const { return *run_; }
    std::optional<std::string_view> value(std::size_t column) const {
        if (rows_.is_null(column)) return std::nullopt;
        return rows_.get_string(column);
    }

private:
    duck::Rows rows_;
    Runs* runs_;
    bool has_row_ = false;
    std::string run_id_;
    RunEntry* run_ = nullptr;
};

// Whose row comes first: below 0 the left one, above 0 the right one, 0 if they have one key.
int order_of(const ComparedTable& table, const Side& left, const Side& right) {
    if (!left.has_row() || !right.has_row()) return left.has_row() ? -1 : 1;
    for (std::size_t i = 0; i < table.key_columns; ++i) {
        const auto a = left.value(i);
        const auto b = right.value(i);
        if (a != b) return a < b ? -1 : 1;
    }
    return 0;
}

std::string key_text(const ComparedTable& table, const Side& side) {
    std::string text;
    for (std::size_t i = 1; i < table.key_columns; ++i) {
        text += fmt::format("{}{}={}", i == 1 ? "" : ", ", table.columns[i].name,
                            side.value(i).value_or(""));
    }
    return text;
}

std::optional<std::string> owned(std::optional<std::string_view> value) {
    return value ? std::optional(std::string(*value)) : std::nullopt;
}

class Comparison {
public:
    Comparison(query::Session& log, query::Session& file, const CompareOptions& options)
        : log_(log), file_(file), options_(options) {}

    Result<CompareReport> run();
    // Read so far.
    std::uint64_t rows() const { return rows_; }

private:
    Status read_runs(query::Session& session, bool is_log);
    void choose_runs();
    Status look_at_file(ComparedTable& table);
    Status compare_table(const ComparedTable& table);
    void compare_rows(const ComparedTable& table, const Side& log, const Side& file);
    // What differs in one column, without its place.
    std::vector<Difference> differences_in(const ComparedColumn& column,
                                           std::optional<std::string_view> in_log,
                                           std::optional<std::string_view> in_file) const;
    std::optional<Explanation> explain(const ComparedTable& table, const ComparedColumn& column,
                                       const RunEntry& run, std::optional<std::string_view> in_log,
                                       std::optional<std::string_view> in_file) const;
    // Rows that one side has alone.
    void only_here(const ComparedTable& table, const Side& side, DifferenceKind kind);
    void add(Difference difference, const ComparedTable& table, const Side& side);
    void count_time(const Difference& difference);
    TableComparison& counts() { return report_.tables.back(); }

    query::Session& log_;
    query::Session& file_;
    const CompareOptions& options_;
    CompareReport report_{};
    Side::Runs runs_{};
    // In the order of the tables and of their columns' names.
    std::map<std::pair<std::string, Explanation>, std::uint64_t> explained_{};
    std::uint64_t rows_ = 0;
};

Status Comparison::read_runs(query::Session& session, bool is_log) {
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        session.query(fmt::format(
            "SELECT s.run_id, coalesce(d.created_at_ms, s.started_at_ms, s.last_event_ms), "
            "coalesce(json_extract_string({}, '$.end_assumed') = 'true', false) "
            "FROM (FROM runs_status{}) s LEFT JOIN runs_d d ON d.run_id = s.run_id",
            duck::valid_json("s.extra"), kOfRecordedRuns)));
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return {};
        RunEntry& run = runs_[std::string(rows.get_string(0))];
        (is_log ? run.in_log : run.in_file) = true;
        if (!rows.is_null(1)) {
            (is_log ? run.created_in_log : run.created_in_file) = rows.get_int64(1);
        }
        if (!is_log) run.end_assumed = rows.get_bool(2);
    }
}

void Comparison::choose_runs() {
    for (auto& [run_id, run] : runs_) {
        const auto created = run.created_in_log ? run.created_in_log : run.created_in_file;
        if (options_.since || options_.until) {
            run.is_compared =
                created && (!options_.since || *created >= start_of(*options_.since).value()) &&
                (!options_.until || *created < start_of(*options_.until).value() + kDayMs);
        }
        if (!run.is_compared) continue;
        if (run.in_log && run.in_file) ++report_.runs_in_both;
        if (run.in_log && !run.in_file) ++report_.runs_in_log_alone;
        if (!run.in_log && run.in_file) ++report_.runs_in_file_alone;
    }
}

Status Comparison::look_at_file(ComparedTable& table) {
    std::string sql = "SELECT count(*) > 0";
    for (const ComparedColumn& column : table.columns) {
        sql += fmt::format(", coalesce(bool_or(coalesce({}, '') NOT IN ('', '{{}}', '[]')), false)",
                           column.expression);
    }
    ASSIGN_OR_RETURN(duck::Rows rows, file_.query(fmt::format("{} FROM {}", sql, table.name)));
    ASSIGN_OR_RETURN(const bool found, rows.next());
    if (!found) return fail(ErrorCode::kCorrupt, "compare {}: no answer", table.name);
    table.file_has = rows.get_bool(0);
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        table.columns[i].file_has = rows.get_bool(i + 1);
    }
    return {};
}

std::vector<Difference> Comparison::differences_in(const ComparedColumn& column,
                                                   std::optional<std::string_view> in_log,
                                                   std::optional<std::string_view> in_file) const {
    if (in_log == in_file || (says_nothing(in_log) && says_nothing(in_file))) return {};
    const bool is_json = column.type == Type::kJson || column.type == Type::kTexts;
    if (in_log && in_file && is_json) {
        std::vector<Difference> differences;
        for (JsonDifference& found : json_differences(*in_log, *in_file, options_.tolerance)) {
            Difference& difference = differences.emplace_back();
            difference.pointer = std::move(found.pointer);
            if (!found.left.empty()) difference.in_log = std::move(found.left);
            if (!found.right.empty()) difference.in_file = std::move(found.right);
        }
        return differences;
    }
    if (in_log && in_file && column.type == Type::kDouble) {
        const auto a = number_of<double>(*in_log);
        const auto b = number_of<double>(*in_file);
        if (a && b && are_close(*a, *b, options_.tolerance)) return {};
    }
    if (in_log && in_file && is_time(column)) {
        const auto a = number_of<std::int64_t>(*in_log);
        const auto b = number_of<std::int64_t>(*in_file);
        if (a && b && distance(*a, *b) <= options_.time_tolerance_ms) return {};
    }
    return {{.in_log = owned(in_log), .in_file = owned(in_file)}};
}

std::optional<Explanation> Comparison::explain(const ComparedTable& table,
                                               const ComparedColumn& column, const RunEntry& run,
                                               std::optional<std::string_view> in_log,
                                               std::optional<std::string_view> in_file) const {
    if (run.end_assumed) {
        if (table.table == Table::kStatus && is_one_of(column.name, kOfTheEnd)) {
            return Explanation::kEndAssumed;
        }
        // What was going on when its run ended is given up.
        if (table.table == Table::kPhases && column.name == "status" &&
            (in_file == "abandoned" || in_log == "abandoned")) {
            return Explanation::kEndAssumed;
        }
    }
    if (!column.file_has && says_nothing(in_file)) return Explanation::kNotInFile;
    return std::nullopt;
}

void Comparison::count_time(const Difference& difference) {
    if (!difference.in_log || !difference.in_file) return;
    const auto a = number_of<std::int64_t>(*difference.in_log);
    const auto b = number_of<std::int64_t>(*difference.in_file);
    if (!a || !b) return;
    ++report_.differences_of_times;
    report_.greatest_of_times_ms = std::max(report_.greatest_of_times_ms, distance(*a, *b));
}

void Comparison::add(Difference difference, const ComparedTable& table, const Side& side) {
    side.run().is_different = true;
    ++report_.differences_total;
    if (options_.listed_max > 0 && report_.differences.size() >= options_.listed_max) return;
    difference.table = table.name;
    difference.run_id = side.run_id();
    difference.key = key_text(table, side);
    report_.differences.push_back(std::move(difference));
}

void Comparison::compare_rows(const ComparedTable& table, const Side& log, const Side& file) {
    bool is_different = false;
    bool is_explained = false;
    for (std::size_t i = table.key_columns; i < table.columns.size(); ++i) {
        const ComparedColumn& column = table.columns[i];
        const auto in_log = log.value(i);
        const auto in_file = file.value(i);
        std::vector<Difference> found = differences_in(column, in_log, in_file);
        if (found.empty()) continue;
        if (const auto why = explain(table, column, log.run(), in_log, in_file)) {
            is_explained = true;
            ++explained_[{column.name, *why}];
            continue;
        }
        is_different = true;
        for (Difference& difference : found) {
            difference.column = column.name;
            if (is_time(column)) count_time(difference);
            add(std::move(difference), table, log);
        }
    }
    ++(is_different ? counts().different : is_explained ? counts().explained : counts().equal);
}

void Comparison::only_here(const ComparedTable& table, const Side& side, DifferenceKind kind) {
    if (kind == DifferenceKind::kOnlyInFile) {
        ++counts().only_in_file;
        return add({.kind = kind}, table, side);
    }
    std::optional<Explanation> why;
    if (!table.file_has) {
        why = Explanation::kNotInFile;
    } else if (table.table == Table::kTags && side.run().in_file) {
        why = Explanation::kSaidInLog;
    }
    if (why) {
        ++counts().explained;
        ++explained_[{"", *why}];
        return;
    }
    ++counts().only_in_log;
    add({.kind = kind}, table, side);
}

Status Comparison::compare_table(const ComparedTable& table) {
    report_.tables.push_back({.table = std::string(table.name)});
    ASSIGN_OR_RETURN(duck::Rows log_rows, log_.stream(table.sql()));
    ASSIGN_OR_RETURN(duck::Rows file_rows, file_.stream(table.sql()));
    Side log(std::move(log_rows), runs_);
    Side file(std::move(file_rows), runs_);
    RETURN_IF_ERROR(log.advance());
    RETURN_IF_ERROR(file.advance());
    while (log.has_row() || file.has_row()) {
        if (++rows_ % kRowsBetweenQuestions == 0 && options_.keep_on && !options_.keep_on()) {
            return fail(ErrorCode::kCancelled, "stopped");
        }
        const int order = order_of(table, log, file);
        if (order < 0) only_here(table, log, DifferenceKind::kOnlyInLog);
        if (order > 0) only_here(table, file, DifferenceKind::kOnlyInFile);
        if (order == 0) compare_rows(table, log, file);
        if (order <= 0) RETURN_IF_ERROR(log.advance());
        if (order >= 0) RETURN_IF_ERROR(file.advance());
    }
    for (const auto& [what, rows] : explained_) {
        report_.explained.push_back({.table = std::string(table.name),
                                     .column = what.first,
                                     .why = what.second,
                                     .rows = rows});
    }
    explained_.clear();
    return {};
}

Result<CompareReport> Comparison::run() {
    RETURN_IF_ERROR(read_runs(log_, true));
    RETURN_IF_ERROR(read_runs(file_, false));
    choose_runs();
    for (const Table which : kComparedTables) {
        ComparedTable table = compared(which);
        RETURN_IF_ERROR(look_at_file(table));
        RETURN_IF_ERROR(compare_table(table));
    }
    report_.runs_different = static_cast<std::uint64_t>(std::count_if(
        runs_.begin(), runs_.end(), [](const auto& entry) { return entry.second.is_different; }));
    return std::move(report_);
}

}  // namespace

const char* to_string(DifferenceKind kind) {
    switch (kind) {
        case DifferenceKind::kValue: return "value";
        case DifferenceKind::kOnlyInLog: return "only_in_log";
        case DifferenceKind::kOnlyInFile: return "only_in_file";
    }
    return "";
}

const char* to_string(Explanation why) {
    switch (why) {
        case Explanation::kEndAssumed: return "end_assumed";
        case Explanation::kNotInFile: return "not_in_file";
        case Explanation::kSaidInLog: return "said_in_log";
    }
    return "";
}

Result<CompareReport> compare_indexes(query::Session& log, query::Session& file,
                                      const CompareOptions& options) {
    Comparison comparison(log, file, options);
    Result<CompareReport> report = comparison.run();
    // A query that is stopped speaks of an interrupt.
    if (!report && report.error().code() == ErrorCode::kCancelled) {
        return fail(ErrorCode::kCancelled, "compare: stopped after {} rows", comparison.rows());
    }
    return report;
}

}  // namespace daybook::legacy
