#include "query/session.h"

#include <cstdlib>
#include <utility>

#include "base/random.h"
#include "duck/database.h"
#include "duck/sql.h"
#include "index/index_state.h"
#include "index/published_sources.h"
#include "ledger/ledger_dir.h"
#include "ledger/manifest.h"
#include "os/file.h"
#include "query/watchdog.h"

namespace daybook::query {

struct Session::State {
    State(std::string opened, duck::Database opened_database, duck::Connection opened_connection,
          const SessionOptions& options)
        : path(std::move(opened)),
          database(std::move(opened_database)),
          connection(std::move(opened_connection)),
          limit_ms(options.time_ms_max),
          has_sources(options.with_sources),
          watchdog(options.time_ms_max, [this] { connection.interrupt(); }) {}

    std::string path;
    duck::Database database;
    duck::Connection connection;
    std::int64_t limit_ms;
    bool has_sources;
    Watchdog watchdog;
};

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

const std::string& Session::path() const { return state_->path; }
bool Session::has_sources() const { return state_->has_sources; }
void Session::interrupt() { state_->connection.interrupt(); }

Result<Session> Session::open(const std::string& root, const SessionOptions& options) {
    RETURN_IF_ERROR(ledger::check_format(ledger::LedgerDir(root)));
    // Between the look and the opening, newer snapshots may have pushed the file out.
    constexpr int kAttempts = 5;
    for (int attempt = 1;; ++attempt) {
        ASSIGN_OR_RETURN(const std::string path, newest_snapshot(root));
        if (path.empty()) {
            return fail(ErrorCode::kNotFound,
                        "open index of {}: there is none yet; `daybook index` makes it", root);
        }
        Result<Session> session = open_file(path, options);
        if (session || attempt == kAttempts) return session;
        ASSIGN_OR_RETURN(const bool is_there, os::exists(path));
        if (is_there) return session;
    }
}

Result<std::string> newest_snapshot(const std::string& root) {
    const index::IndexLayout layout(root);
    ASSIGN_OR_RETURN(const std::vector<index::Generation> generations,
                     index::list_generations(layout));
    return generations.empty() ? std::string() : layout.generation_path(generations.back());
}

duck::DatabaseOptions database_options(const SessionOptions& options) {
    const char* temporary = std::getenv("TMPDIR");
    return {
        .threads = options.threads,
        .memory_bytes_max = options.memory_bytes_max,
        // A name that nobody can guess, and that no other session has.
        .temp_directory = fmt::format("{}/daybook-query-{:016x}",
                                      temporary && *temporary ? temporary : "/tmp", random_seed())};
}

Result<Session> Session::open_file(const std::string& path, const SessionOptions& options) {
    duck::DatabaseOptions database = database_options(options);
    database.read_only = true;
    ASSIGN_OR_RETURN(duck::Database opened, duck::Database::open(path, database));
    ASSIGN_OR_RETURN(duck::Connection connection, opened.connect());
    SessionOptions log_only = options;
    log_only.with_sources = false;
    if (!options.with_sources) {
        return over(path, std::move(opened), std::move(connection), log_only);
    }
    // A snapshot of another format answers as it can.
    const Result<index::IndexMeta> meta = index::read_index_meta(connection);
    if (!meta || meta->sources == 0) {
        return over(path, std::move(opened), std::move(connection), log_only);
    }
    ASSIGN_OR_RETURN(duck::Database memory,
                     duck::Database::open_in_memory(database_options(options)));
    ASSIGN_OR_RETURN(duck::Connection asking, memory.connect());
    RETURN_IF_ERROR(asking.execute(
        fmt::format("ATTACH {} AS snapshot (READ_ONLY)", duck::quote_literal(path))));
    RETURN_IF_ERROR(index::create_published_views(asking));
    return over(path, std::move(memory), std::move(asking), options);
}

Result<Session> Session::over(const std::string& path, duck::Database database,
                              duck::Connection connection, const SessionOptions& options) {
    RETURN_IF_ERROR(connection.harden());
    return Session(
        std::make_unique<State>(path, std::move(database), std::move(connection), options));
}

Result<duck::Rows> Session::query(const std::string& sql,
                                  std::span<const duck::Parameter> parameters) {
    state_->watchdog.arm();
    Result<duck::Rows> rows = state_->connection.query(sql, parameters);
    state_->watchdog.disarm();
    if (!rows && rows.error().code() == ErrorCode::kCancelled && state_->limit_ms > 0) {
        return fail(ErrorCode::kCancelled, "query: stopped, it took longer than {} ms",
                    state_->limit_ms);
    }
    return rows;
}

Result<duck::Rows> Session::stream(const std::string& sql) {
    // Armed until the next query: the limit covers the rows too.
    state_->watchdog.arm();
    return state_->connection.run_script(sql);
}

}  // namespace daybook::query
