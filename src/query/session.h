// Reading the index with SQL: a snapshot, opened read-only and as a rule with the
// log's tail over it (fresh.h), from which no SQL can reach a file, the
// network or the configuration.
//
//     ASSIGN_OR_RETURN(Session session, Session::open(root));
//     ASSIGN_OR_RETURN(duck::Rows rows, session.query("SELECT * FROM latest_runs LIMIT 10"));
//
// A session keeps the snapshot it has opened, however many are published after it, and waits for
// nobody.  Results are written to files by our own code, never by COPY.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "duck/connection.h"
#include "duck/database.h"
#include "index/index_layout.h"

namespace daybook::query {

struct SessionOptions {
    // What a query may take; 0: DuckDB's own limit.
    std::uint64_t memory_bytes_max = std::uint64_t{2} << 30;
    std::size_t threads = 0;  // 0: one for each processor
    // A query that takes longer, its rows included, ends with kCancelled; 0: no limit.
    std::int64_t time_ms_max = 0;
    // The names of tables mean the rows of the log and of the sources that the snapshot has; unset:
    // those of the log alone.  Views are over both either way.
    bool with_sources = false;
};

// One thread at a time; interrupt() from any.
class Session {
public:
    // Opens the newest snapshot of the ledger in `root`.  kNotFound: there is none yet;
    // kUnsupported: a ledger of another format.
    static Result<Session> open(const std::string& root, const SessionOptions& options = {});
    // Opens a snapshot that lies elsewhere.
    static Result<Session> open_file(const std::string& path, const SessionOptions& options = {});
    // Asks `connection`, which has opened `database` for `path` (or for no file: empty), and where
    // the names of tables mean what `options.with_sources` says.  No SQL reaches a file from now
    // on.
    static Result<Session> over(const std::string& path, duck::Database database,
                                duck::Connection connection, const SessionOptions& options = {});
    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;
    ~Session();

    // One statement, its rows in memory.  An error of SQL has DuckDB's message with the line and
    // the caret (duck/sql.h takes it apart).
    Result<duck::Rows> query(const std::string& sql,
                             std::span<const duck::Parameter> parameters = {});
    Result<duck::Rows> query(const std::string& sql,
                             std::initializer_list<duck::Parameter> parameters) {
        return query(sql, std::span(parameters.begin(), parameters.size()));
    }
    // One statement or several, parted by semicolons: the rows of the last one, made as they are
    // fetched.
    Result<duck::Rows> stream(const std::string& sql);

    // Stops the running query: it ends with kCancelled.
    void interrupt();

    // Whether sources beside the log answer too.
    bool has_sources() const;

    // The snapshot that answers, alone or below the log's tail; empty: there is none.
    const std::string& path() const;

private:
    struct State;
    explicit Session(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// The file of the newest snapshot of the ledger in `root`; empty: there is none.
Result<std::string> newest_snapshot(const std::string& root);

// How a database is opened for queries.
duck::DatabaseOptions database_options(const SessionOptions& options);

}  // namespace daybook::query
