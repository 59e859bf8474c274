#include "artifact/parquet_reader.h"

#include <cstdlib>
#include <utility>

#include "duck/sql.h"
#include "os/file.h"
#include "os/process.h"

namespace daybook::artifact {
namespace {

constexpr std::uint64_t kMemoryBytesMax = std::uint64_t{1} << 30;

// DuckDB takes a file's name for a pattern; in brackets each of its signs stands for itself.
std::string without_patterns(std::string_view path) {
    std::string plain;
    for (const char c : path) {
        if (c == '*' || c == '?' || c == '[') {
            plain += {'[', c, ']'};
        } else {
            plain += c;
        }
    }
    return plain;
}

std::string path_literal(std::string_view path) {
    return duck::quote_literal(without_patterns(path));
}

std::string scan(std::span<const std::string> paths, std::string_view options) {
    std::string list;
    for (const std::string& path : paths) {
        list += (list.empty() ? "" : ", ") + path_literal(path);
    }
    return fmt::format("read_parquet([{}], hive_partitioning = false{})", list, options);
}

// What DuckDB takes for a mistake in a statement is one in the file: the statement is ours.
Error file_error(const Error& error) {
    const ErrorCode code =
        error.code() == ErrorCode::kInvalidArgument ? ErrorCode::kCorrupt : error.code();
    return Error(code, duck::parse_sql_error(error.message()).summary);
}

tl::unexpected<Error> fail_reading(const std::string& path, const Error& error) {
    return fail(file_error(error).with_context(fmt::format("read {}", path)));
}

}  // namespace

std::string parquet_scan(std::span<const std::string> paths) { return scan(paths, ""); }

std::string parquet_scan_with_places(std::span<const std::string> paths) {
    return scan(paths, ", filename = true, file_row_number = true");
}

Result<ParquetReader> ParquetReader::open() {
    const char* temporary = std::getenv("TMPDIR");
    ASSIGN_OR_RETURN(
        duck::Database database,
        duck::Database::open_in_memory(
            {.memory_bytes_max = kMemoryBytesMax,
             .temp_directory = fmt::format("{}/daybook-artifacts-{}",
                                           temporary && *temporary ? temporary : "/tmp",
                                           os::this_process().pid)}));
    ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
    return ParquetReader(std::move(database), std::move(connection));
}

// DuckDB's own message speaks of patterns that nothing matches, and a pipe it would wait for.
Status ParquetReader::require_file(const std::string& path) const {
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(path));
    if (!info) return fail(ErrorCode::kNotFound, "read {}: there is no such file", path);
    if (!info->is_regular) {
        return fail(ErrorCode::kInvalidArgument, "read {}: it is {}, expected an ordinary file",
                    path, info->is_directory ? "a directory" : "a pipe or a device");
    }
    return {};
}

Result<duck::Rows> ParquetReader::rows(const std::string& path, std::optional<std::size_t> limit) {
    RETURN_IF_ERROR(require_file(path));
    Result<duck::Rows> rows =
        connection_.stream(fmt::format("SELECT * FROM {}{}", parquet_scan(std::span(&path, 1)),
                                       limit ? fmt::format(" LIMIT {}", *limit) : std::string()));
    if (!rows) return fail_reading(path, rows.error());
    return rows;
}

Result<std::uint64_t> ParquetReader::row_count(const std::string& path) {
    RETURN_IF_ERROR(require_file(path));
    Result<duck::Rows> rows = connection_.query(
        fmt::format("SELECT num_rows FROM parquet_file_metadata({})", path_literal(path)));
    if (!rows) return fail_reading(path, rows.error());
    ASSIGN_OR_RETURN(const bool is_there, rows->next());
    if (!is_there) return fail(ErrorCode::kCorrupt, "read {}: it has no footer", path);
    return static_cast<std::uint64_t>(rows->get_int64(0));
}

Result<std::vector<ParquetColumn>> ParquetReader::columns(const std::string& path) {
    RETURN_IF_ERROR(require_file(path));
    Result<duck::Rows> rows = connection_.query(
        fmt::format("DESCRIBE SELECT * FROM {}", parquet_scan(std::span(&path, 1))));
    if (!rows) return fail_reading(path, rows.error());
    std::vector<ParquetColumn> columns;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows->next());
        if (!more) return columns;
        columns.push_back({.name = rows->text(0), .type = rows->text(1)});
    }
}

Result<duck::Rows> ParquetReader::query(const std::string& sql) {
    Result<duck::Rows> rows = connection_.query(sql);
    if (!rows) return fail(file_error(rows.error()));
    return rows;
}

}  // namespace daybook::artifact
