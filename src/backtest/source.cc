#include "backtest/source.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "backtest/csv_records.h"
#include "base/calendar.h"
#include "duck/sql.h"

namespace daybook::backtest {
namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

bool ends_with_any(const std::string& path, std::initializer_list<std::string_view> endings) {
    const std::string name = lower(path);
    return std::any_of(endings.begin(), endings.end(),
                       [&](std::string_view ending) { return name.ends_with(ending); });
}

bool is_csv(const std::string& path) {
    return ends_with_any(path, {".csv", ".csv.gz", ".csv.zst", ".tsv"});
}
bool is_parquet(const std::string& path) { return ends_with_any(path, {".parquet", ".pq"}); }

Result<std::vector<std::string>> list_files(duck::Connection& connection,
                                            const std::string& pattern) {
    ASSIGN_OR_RETURN(duck::Rows rows,
                     connection.query("SELECT file FROM glob($1) ORDER BY file", {pattern}));
    std::vector<std::string> files;
    for (;;) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return files;
        files.emplace_back(rows.get_string(0));
    }
}

// The files of a path: itself, what a glob matches, or what lies anywhere below a directory.
Result<std::vector<std::string>> find_files(duck::Connection& connection, const std::string& path) {
    ASSIGN_OR_RETURN(std::vector<std::string> files, list_files(connection, path));
    std::erase_if(files, [](const auto& file) { return !is_csv(file) && !is_parquet(file); });
    if (!files.empty()) return files;
    for (const char* below : {"/**/*.parquet", "/**/*.csv"}) {
        ASSIGN_OR_RETURN(files, list_files(connection, path + below));
        if (!files.empty()) return files;
    }
    return files;
}

bool has_hive_keys(const std::string& file) {
    const std::size_t slash = file.rfind('/');
    return slash != std::string::npos && file.substr(0, slash).find('=') != std::string::npos;
}

// The line of a CSV file on which its row of that number begins, both from 1; the heading is no
// row.
Result<std::int64_t> line_of(duck::Connection& connection, const std::string& file,
                             std::int64_t row) {
    // One column, because a delimiter that no line has is none; a blank line is a NULL.
    ASSIGN_OR_RETURN(
        duck::Rows lines,
        connection.query(fmt::format(
            "SELECT coalesce(line, '') FROM read_csv({}, columns = {{'line': 'VARCHAR'}}, "
            "auto_detect = false, header = false, delim = '\x01', quote = '', escape = '', "
            "strict_mode = false, parallel = false)",
            duck::quote_literal(file))));
    CsvRecords records;
    std::int64_t begun = -1;  // rows; the heading is the first record
    for (std::int64_t line = 1;; ++line) {
        ASSIGN_OR_RETURN(const bool more, lines.next());
        if (!more) return fail(ErrorCode::kNotFound, "read {}: no row {}", file, row);
        begun += records.begins_with(lines.get_string(0)) ? 1 : 0;
        if (begun == row) return line;
    }
}

// The first line of a CSV file whose number of fields is not that of the heading, in words; empty
// if there is none.  Quoted fields are not looked at: a file that has them is not judged.
Result<std::string> find_uneven_line(duck::Connection& connection, const std::string& file) {
    ASSIGN_OR_RETURN(
        duck::Rows lines,
        connection.query(fmt::format(
            "SELECT coalesce(line, '') FROM read_csv({}, columns = {{'line': 'VARCHAR'}}, "
            "auto_detect = false, header = false, delim = '\x01', quote = '', escape = '', "
            "strict_mode = false, parallel = false)",
            duck::quote_literal(file))));
    char delimiter = ',';
    std::ptrdiff_t expected = 0;
    for (std::int64_t number = 1;; ++number) {
        ASSIGN_OR_RETURN(const bool more, lines.next());
        if (!more) return std::string();
        const std::string_view line = lines.get_string(0);
        if (line.find('"') != std::string_view::npos) return std::string();
        if (number == 1) {
            const auto count = [&](char c) { return std::count(line.begin(), line.end(), c); };
            for (const char c : {';', '|', '\t'})
                delimiter = count(c) > count(delimiter) ? c : delimiter;
        }
        const std::ptrdiff_t fields = std::count(line.begin(), line.end(), delimiter) + 1;
        if (number == 1) expected = fields;
        if (!line.empty() && fields != expected) {
            return fmt::format("{} line {}: {} of {} fields", file, number, fields, expected);
        }
    }
}

// "calls.duckdb#table" as its two halves; no table: not a database.
std::pair<std::string, std::string> split_database(const std::string& path) {
    const std::size_t hash = path.rfind('#');
    std::string file = path.substr(0, hash);
    if (!ends_with_any(file, {".duckdb", ".ddb", ".db"})) return {};
    std::string table = hash == std::string::npos ? "calls" : path.substr(hash + 1);
    return {std::move(file), std::move(table)};
}

}  // namespace

std::string Source::scan_of(std::span<const std::string> files, std::string_view options) const {
    if (format_ == SourceFormat::kTable) return table_;
    std::vector<std::string> quoted;
    for (const std::string& file : files) quoted.push_back(duck::quote_literal(file));
    const std::string hive = fmt::format(", hive_partitioning = {}, hive_types_autocast = false",
                                         hive_ ? "true" : "false");
    const std::string list = fmt::format("[{}]", fmt::join(quoted, ", "));
    if (format_ == SourceFormat::kParquet) {
        return fmt::format("read_parquet({}, union_by_name = true{}{})", list, hive, options);
    }
    return fmt::format("read_csv({}, header = true, all_varchar = true, union_by_name = true{}{})",
                       list, hive, options);
}

std::string Source::scan_with_places() const {
    if (format_ == SourceFormat::kTable) {
        return fmt::format(
            "(SELECT *, {} AS daybook_file, row_number() OVER () AS daybook_row "
            "FROM {})",
            duck::quote_literal(path_), table_);
    }
    std::vector<std::string> parts;
    for (const std::string& file : files_) {
        const bool csv = format_ == SourceFormat::kCsv;
        parts.push_back(fmt::format(
            "SELECT *{}, {} AS daybook_file, {} AS daybook_row FROM {}",
            csv ? "" : " EXCLUDE (file_row_number)", duck::quote_literal(file),
            csv ? "row_number() OVER ()" : "file_row_number + 1",
            scan_of(std::span(&file, 1), csv ? ", parallel = false" : ", file_row_number = true")));
    }
    return fmt::format("({})", fmt::join(parts, " UNION ALL BY NAME "));
}

Result<bool> Source::has_metadata(duck::Connection& connection, std::string_view key) const {
    if (format_ != SourceFormat::kParquet) return false;
    std::vector<std::string> quoted;
    for (const std::string& file : files_) quoted.push_back(duck::quote_literal(file));
    auto rows = connection.query(
        fmt::format("SELECT count(*) FROM parquet_kv_metadata([{}]) WHERE decode(key) = {}",
                    fmt::join(quoted, ", "), duck::quote_literal(std::string(key))));
    if (!rows) return fail(rows.error().with_context(fmt::format("read {}: {}", what_, path_)));
    RETURN_IF_ERROR(rows->next());
    return rows->get_int64(0) > 0;
}

std::string Source::place(duck::Connection& connection, const std::string& file,
                          std::int64_t row) const {
    if (format_ == SourceFormat::kCsv) {
        const Result<std::int64_t> line = line_of(connection, file, row);
        if (line) return fmt::format("{} line {}", file, *line);
    }
    return fmt::format("{} row {}", file, row);
}

Result<Source> Source::open(duck::Connection& connection, std::string_view what,
                            const std::string& path) {
    Source source;
    source.what_ = what;
    source.path_ = path;
    const auto [database, table] = split_database(path);
    if (!database.empty()) {
        source.format_ = SourceFormat::kTable;
        const std::string schema = fmt::format("daybook_{}", what);
        source.table_ = fmt::format("{}.{}", schema, duck::quote_identifier(table));
        const Status attached = connection.execute(
            fmt::format("ATTACH {} AS {} (READ_ONLY)", duck::quote_literal(database), schema));
        if (!attached) {
            return fail(attached.error().with_context(fmt::format("read {}: {}", what, path)));
        }
    } else {
        ASSIGN_OR_RETURN(source.files_, find_files(connection, path));
        if (source.files_.empty()) {
            return fail(ErrorCode::kNotFound,
                        "read {}: no CSV or Parquet file is at '{}'; expected a file, a glob, or a "
                        "directory of such files",
                        what, path);
        }
        const auto parquet = std::count_if(source.files_.begin(), source.files_.end(), is_parquet);
        if (parquet != 0 && parquet != std::ssize(source.files_)) {
            return fail(ErrorCode::kInvalidArgument,
                        "read {}: '{}' matches CSV and Parquet files; name one kind", what, path);
        }
        source.format_ = parquet != 0 ? SourceFormat::kParquet : SourceFormat::kCsv;
        source.hive_ = std::any_of(source.files_.begin(), source.files_.end(), has_hive_keys);
    }
    auto rows = connection.query(fmt::format("SELECT * FROM {} LIMIT 0", source.scan()));
    // One uneven row makes DuckDB take the whole heading for one name, or refuse the file.
    const auto is_glued = [&] {
        return rows->column_count() == 1 &&
               rows->column_name(0).find_first_of(",;|\t") != std::string::npos;
    };
    if (source.format_ == SourceFormat::kCsv && (!rows || is_glued())) {
        for (const std::string& file : source.files_) {
            const Result<std::string> uneven = find_uneven_line(connection, file);
            if (!uneven || uneven->empty()) continue;
            return fail(ErrorCode::kInvalidArgument, "read {}: {}", what, *uneven);
        }
    }
    if (!rows) return fail(rows.error().with_context(fmt::format("read {}: {}", what, path)));
    for (std::size_t i = 0; i < rows->column_count(); ++i) {
        source.fields_.push_back({rows->column_name(i), rows->column_type(i).kind});
    }
    return source;
}

const SourceField* Source::find(std::span<const std::string_view> names) const {
    for (const std::string_view name : names) {
        for (const SourceField& field : fields_) {
            if (lower(field.name) == name) return &field;
        }
    }
    return nullptr;
}

Result<SourceField> Source::require(std::span<const std::string_view> names) const {
    if (const SourceField* field = find(names)) return *field;
    std::vector<std::string> found;
    for (const SourceField& field : fields_) found.push_back(field.name);
    return fail(ErrorCode::kInvalidArgument, "read {}: {}: no column {}; found the columns {}",
                what_, path_, fmt::join(names, " or "), fmt::join(found, ", "));
}

namespace {

// The years 0 to 9999, in which every time has an ISO 8601 form and no sum of times overflows.
const std::int64_t kTimeMsMin = start_of(kDayMin).value();
const std::int64_t kTimeMsEnd = start_of(kDayMax + 1).value();

std::string ms_of_number(const std::string& number) {
    return fmt::format(
        "TRY_CAST(round(CASE WHEN abs({0}) >= 1e11 THEN CASE WHEN {0} >= {1} AND {0} < {2} THEN "
        "{0} END WHEN {0} * 1000 >= {1} THEN {0} * 1000 END) AS BIGINT)",
        number, kTimeMsMin, kTimeMsEnd);
}

std::string ms_of_time(const std::string& timestamp) {
    return fmt::format(
        "CASE WHEN {0} >= make_timestamp({1}) AND {0} < make_timestamp({2}) THEN epoch_ms({0}) END",
        timestamp, kTimeMsMin * 1000, kTimeMsEnd * 1000);
}

}  // namespace

std::string time_ms_sql(const SourceField& field) {
    const std::string name = duck::quote_identifier(field.name);
    std::string number = ms_of_number(fmt::format("TRY_CAST({} AS DOUBLE)", name));
    switch (field.kind) {
        case duck::TypeKind::kVarchar:
            return fmt::format(
                "coalesce({}, {})", number,
                ms_of_time(fmt::format("CAST(TRY_CAST({} AS TIMESTAMPTZ) AS TIMESTAMP)", name)));
        case duck::TypeKind::kDate:
        case duck::TypeKind::kTimestamp:
        case duck::TypeKind::kTimestampS:
        case duck::TypeKind::kTimestampMs:
        case duck::TypeKind::kTimestampNs:
        case duck::TypeKind::kTimestampTz:
            return ms_of_time(fmt::format("CAST({} AS TIMESTAMP)", name));
        default: return number;
    }
}

std::string number_sql(const SourceField& field) {
    std::string name = duck::quote_identifier(field.name);
    if (field.kind == duck::TypeKind::kDouble) return name;
    if (field.kind != duck::TypeKind::kVarchar) return fmt::format("CAST({} AS DOUBLE)", name);
    return fmt::format(
        "CASE WHEN trim({0}) = '' THEN NULL WHEN {0} IS NOT NULL THEN "
        "coalesce(TRY_CAST({0} AS DOUBLE), 'nan'::DOUBLE) END",
        name);
}

std::string text_sql(const SourceField& field) {
    return fmt::format("coalesce(CAST({} AS VARCHAR), '')", duck::quote_identifier(field.name));
}

}  // namespace daybook::backtest
