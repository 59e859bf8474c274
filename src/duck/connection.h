// A connection to a DuckDB database: statements in, rows out.
//
// One thread at a time uses a connection and what comes from it; interrupt() and progress() may be
// called from any.  Connections of one database work side by side.
#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "duck/parameter.h"
#include "duck/rows.h"

namespace daybook::duck {

class RowSource;

// A statement that is parsed once and run many times, with parameters $1, $2… or ?.
class Statement {
public:
    Statement(Statement&&) noexcept;
    Statement& operator=(Statement&&) noexcept;
    ~Statement();

    // Runs it and keeps all rows in memory.  As many values as the statement has parameters.
    Result<Rows> run(std::span<const Parameter> parameters);
    Result<Rows> run(std::initializer_list<Parameter> parameters = {}) {
        return run(std::span(parameters.begin(), parameters.size()));
    }
    // Runs it and makes the rows as they are fetched.
    Result<Rows> stream(std::span<const Parameter> parameters);

private:
    friend class Connection;
    struct Handle;
    explicit Statement(std::unique_ptr<Handle> handle);
    Status bind(std::span<const Parameter> parameters);

    std::unique_ptr<Handle> handle_;
};

class Connection {
public:
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    ~Connection();

    // Runs one statement or several, parted by semicolons, and throws their rows away.
    // Errors hold DuckDB's message, with the line and a caret where it names a place (see sql.h):
    // kInvalidArgument: the SQL is wrong; kCancelled: interrupt(); kLimit: memory; kIo and the
    // like.
    Status execute(const std::string& sql);

    // Runs the statement and keeps its rows in memory.
    Result<Rows> query(const std::string& sql, std::span<const Parameter> parameters);
    Result<Rows> query(const std::string& sql, std::initializer_list<Parameter> parameters = {}) {
        return query(sql, std::span(parameters.begin(), parameters.size()));
    }
    // The same, but rows are made as they are fetched: for results of any size.
    Result<Rows> stream(const std::string& sql, std::span<const Parameter> parameters = {});

    // Runs one statement or several, parted by semicolons, and streams the rows of the last one.
    Result<Rows> run_script(const std::string& sql);

    Result<Statement> prepare(const std::string& sql);

    // Makes `source` a table function: SELECT … FROM name().  It is kept until the database is
    // closed, for all of its connections; a name can be given once.
    Status register_source(const std::string& name, std::shared_ptr<RowSource> source);

    // Stops the statement that is running: it returns kCancelled.
    void interrupt();
    // How far the running statement has come, 0 to 1; below 0 where DuckDB cannot tell.  Needs
    // DatabaseOptions::progress.
    double progress();

    // From now on, for the whole database: no file or network access from SQL, no extensions, no
    // change of settings, at most 16 GiB spilled to disk.  What is attached stays readable.  And by
    // this connection only statements that read (reading.h): all others are kPermissionDenied, with
    // what is allowed.  execute() is not asked about that: it is for the program's own statements.
    Status harden();

private:
    friend class Appender;
    friend class Database;
    friend class RowsRelay;
    struct Handle;
    explicit Connection(std::unique_ptr<Handle> handle);

    std::unique_ptr<Handle> handle_;
};

}  // namespace daybook::duck
