// Reading the Parquet files of artifacts.
//
// SQL that users type reaches no file (query/session.h).  What is read here are files that a
// program has looked up in the catalogue, by statements of its own, on a database in memory that
// has nothing else in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "duck/connection.h"
#include "duck/database.h"

namespace daybook::artifact {

// SQL for the rows of the files, one after the other: "read_parquet(['/a b.parquet'], …)".  Names
// are taken as they are: no pattern in them, no columns from directories called "a=b".
std::string parquet_scan(std::span<const std::string> paths);

// The same with two columns more, which say where a row lies: `filename`, as it is in `paths`, and
// `file_row_number` BIGINT, from 0.  The files must have no columns of these names.
std::string parquet_scan_with_places(std::span<const std::string> paths);

struct ParquetColumn {
    std::string name{};
    std::string type{};  // as DuckDB calls it: "VARCHAR", "BIGINT", "DECIMAL(18,3)"
    bool operator==(const ParquetColumn&) const = default;
};

// Not thread-safe, but for interrupt().
class ParquetReader {
public:
    static Result<ParquetReader> open();

    // The rows of the file in their order, at most `limit`; they end with the next call.  Errors
    // here and below name the file: kNotFound; kInvalidArgument: no ordinary file, such as a
    // directory or a pipe; kCorrupt: its bytes are not what the statement, which is ours, expects;
    // kLimit, kCancelled, kIo: nothing is said of the file.
    Result<duck::Rows> rows(const std::string& path, std::optional<std::size_t> limit = {});

    // How many rows the file says it has, from its footer alone.
    Result<std::uint64_t> row_count(const std::string& path);

    // The file's columns, from its footer alone.
    Result<std::vector<ParquetColumn>> columns(const std::string& path);

    // Any statement, such as one over parquet_scan(); its rows are in memory.  Errors are those of
    // rows(), without a name: nobody has typed the statement, so none of it is in the message.
    Result<duck::Rows> query(const std::string& sql);

    // From any thread: the running statement ends with kCancelled.
    void interrupt() { connection_.interrupt(); }

private:
    ParquetReader(duck::Database database, duck::Connection connection)
        : database_(std::move(database)), connection_(std::move(connection)) {}
    Status require_file(const std::string& path) const;

    duck::Database database_;
    duck::Connection connection_;
};

}  // namespace daybook::artifact
