// A DuckDB database: a file or memory.
//
//     ASSIGN_OR_RETURN(auto database, Database::open_in_memory());
//     ASSIGN_OR_RETURN(auto connection, database.connect());
//     ASSIGN_OR_RETURN(auto rows, connection.query("SELECT max(high) FROM read_parquet($1)",
//     {path}));
//
// CSV and Parquet are read and written by SQL: read_csv, read_parquet, COPY (…) TO … (FORMAT
// parquet).
//
// DuckDB holds a POSIX record lock on the file.  The kernel drops such a lock when *any* descriptor
// of the file is closed in this process, so nothing else in the process may open the file while a
// Database has it open: close the Database first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "duck/connection.h"

namespace daybook::duck {

struct DatabaseOptions {
    bool read_only = false;
    // 0: as many as the machine has processors.
    std::size_t threads = 0;
    // 0: DuckDB's own limit, four fifths of the memory.
    std::uint64_t memory_bytes_max = 0;
    // Where what does not fit into memory goes; empty: beside the file.
    std::string temp_directory{};
    // The oldest DuckDB that is to read a file created now, such as "v1.4.0".
    std::string storage_version = "v1.4.0";
    // Rows of queries without ORDER BY may come in any order, which lets inserts run in parallel.
    bool any_order = false;
    // Keep count of how far a statement has come (Connection::progress).
    bool progress = false;
};

// Safe to use from all threads.  The file is closed when the Database and all its connections are
// gone.
class Database {
public:
    // Opens `path`, created unless read_only.  kBusy: another process has it open for writing;
    // kCorrupt: not a DuckDB file; kUnsupported: there is no libduckdb.so.
    static Result<Database> open(const std::string& path, const DatabaseOptions& options = {});
    static Result<Database> open_in_memory(const DatabaseOptions& options = {});
    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    Result<Connection> connect() const;

private:
    struct Handle;
    explicit Database(std::unique_ptr<Handle> handle);

    std::unique_ptr<Handle> handle_;
};

}  // namespace daybook::duck
