#include "duck/connection.h"

#include <utility>

#include "duck/connection_handle.h"
#include "duck/reading.h"
#include "duck/rows_handle.h"
#include "duck/sql.h"

namespace daybook::duck {

struct Statement::Handle {
    duckdb_prepared_statement statement = nullptr;
    bool reads_only = false;  // as its connection

    Handle() = default;
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() {
        if (statement) api().destroy_prepare(&statement);
    }

    Error error_of(const char* message) const {
        const Error error = sql_error(message ? message : "run statement: DuckDB gives no reason");
        return reads_only ? explain_refusal(error) : error;
    }
};

namespace {

// Binds one value; DuckDB tells success by a state.
struct Binder {
    duckdb_prepared_statement statement;
    idx_t index;

    duckdb_state operator()(std::nullptr_t) const { return api().bind_null(statement, index); }
    duckdb_state operator()(bool value) const {
        return api().bind_boolean(statement, index, value);
    }
    duckdb_state operator()(std::int64_t value) const {
        return api().bind_int64(statement, index, value);
    }
    duckdb_state operator()(std::uint64_t value) const {
        return api().bind_uint64(statement, index, value);
    }
    duckdb_state operator()(double value) const {
        return api().bind_double(statement, index, value);
    }
    duckdb_state operator()(std::string_view value) const {
        return api().bind_varchar_length(statement, index, value.data(), value.size());
    }
    duckdb_state operator()(const Blob& value) const {
        return api().bind_blob(statement, index, value.bytes.data(), value.bytes.size());
    }
};

}  // namespace

Statement::Statement(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;

Status Statement::bind(std::span<const Parameter> parameters) {
    const idx_t expected = api().nparams(handle_->statement);
    if (expected != parameters.size()) {
        return fail(ErrorCode::kInvalidArgument, "run statement: it has {} parameters, given {}",
                    expected, parameters.size());
    }
    api().clear_bindings(handle_->statement);
    for (idx_t i = 0; i < parameters.size(); ++i) {
        const Binder binder{handle_->statement, i + 1};
        if (std::visit(binder, parameters[i].value()) != DuckDBSuccess) {
            return fail(ErrorCode::kInvalidArgument,
                        "run statement: parameter {} cannot be bound (is its text UTF-8?)", i + 1);
        }
    }
    return {};
}

Result<Rows> Statement::run(std::span<const Parameter> parameters) {
    RETURN_IF_ERROR(bind(parameters));
    auto rows = std::make_unique<Rows::Handle>();
    if (api().execute_prepared(handle_->statement, &rows->result) != DuckDBSuccess) {
        return fail(handle_->error_of(api().result_error(&rows->result)));
    }
    return Rows(std::move(rows));
}

Result<Rows> Statement::stream(std::span<const Parameter> parameters) {
    RETURN_IF_ERROR(bind(parameters));
    auto rows = std::make_unique<Rows::Handle>();
    duckdb_pending_result pending = nullptr;
    Status status;
    if (api().pending_prepared_streaming(handle_->statement, &pending) != DuckDBSuccess) {
        status = fail(handle_->error_of(api().pending_error(pending)));
    } else if (api().execute_pending(pending, &rows->result) != DuckDBSuccess) {
        const char* error = api().result_error(&rows->result);
        status = fail(handle_->error_of(error ? error : api().pending_error(pending)));
    }
    api().destroy_pending(&pending);
    RETURN_IF_ERROR(status);
    return Rows(std::move(rows));
}

Connection::Connection(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Status Connection::execute(const std::string& sql) {
    Rows::Handle rows;
    if (api().query(handle_->connection, sql.c_str(), &rows.result) != DuckDBSuccess) {
        return fail(sql_error(api().result_error(&rows.result)));
    }
    return {};
}

Result<Rows> Connection::query(const std::string& sql, std::span<const Parameter> parameters) {
    ASSIGN_OR_RETURN(Statement statement, prepare(sql));
    return statement.run(parameters);
}

Result<Rows> Connection::stream(const std::string& sql, std::span<const Parameter> parameters) {
    ASSIGN_OR_RETURN(Statement statement, prepare(sql));
    return statement.stream(parameters);
}

namespace {

// The types that statements which read have.  A PIVOT makes a type of its own first, which is all
// that is left of CREATE behind check_reading().
Status check_type(duckdb_prepared_statement statement) {
    switch (api().prepared_statement_type(statement)) {
        case DUCKDB_STATEMENT_TYPE_SELECT:
        case DUCKDB_STATEMENT_TYPE_EXPLAIN:
        case DUCKDB_STATEMENT_TYPE_CREATE: return {};
        default: break;
    }
    return fail(
        explain_refusal(Error(ErrorCode::kPermissionDenied,
                              "run sql: a statement that changes something is not allowed")));
}

Error prepare_error(duckdb_prepared_statement statement, bool reads_only) {
    const char* message = api().prepare_error(statement);
    const Error error = sql_error(message ? message : "prepare: DuckDB gives no reason");
    return reads_only ? explain_refusal(error) : error;
}

}  // namespace

Result<Statement> Connection::prepare(const std::string& sql) {
    if (handle_->reads_only) RETURN_IF_ERROR(check_reading(sql));
    auto handle = std::make_unique<Statement::Handle>();
    handle->reads_only = handle_->reads_only;
    if (api().prepare(handle_->connection, sql.c_str(), &handle->statement) != DuckDBSuccess) {
        return fail(prepare_error(handle->statement, handle_->reads_only));
    }
    if (handle_->reads_only) RETURN_IF_ERROR(check_type(handle->statement));
    return Statement(std::move(handle));
}

namespace {

// The statements of a script.
struct Script {
    duckdb_extracted_statements statements = nullptr;

    Script() = default;
    Script(const Script&) = delete;
    Script& operator=(const Script&) = delete;
    ~Script() {
        if (statements) api().destroy_extracted(&statements);
    }
};

}  // namespace

Result<Rows> Connection::run_script(const std::string& sql) {
    if (handle_->reads_only) RETURN_IF_ERROR(check_reading(sql));
    Script script;
    const idx_t count =
        api().extract_statements(handle_->connection, sql.c_str(), &script.statements);
    if (count == 0) {
        const char* error = api().extract_statements_error(script.statements);
        return fail(error ? sql_error(error)
                          : Error(ErrorCode::kInvalidArgument, "run sql: there is no statement"));
    }
    for (idx_t i = 0;; ++i) {
        auto handle = std::make_unique<Statement::Handle>();
        handle->reads_only = handle_->reads_only;
        if (api().prepare_extracted_statement(handle_->connection, script.statements, i,
                                              &handle->statement) != DuckDBSuccess) {
            return fail(prepare_error(handle->statement, handle_->reads_only));
        }
        if (handle_->reads_only) RETURN_IF_ERROR(check_type(handle->statement));
        Statement statement(std::move(handle));
        if (i + 1 == count) return statement.stream({});
        ASSIGN_OR_RETURN(const Rows ignored, statement.run());
    }
}

void Connection::interrupt() { api().interrupt(handle_->connection); }

double Connection::progress() {
    return api().query_progress(handle_->connection).percentage / 100.0;
}

Status Connection::harden() {
    handle_->reads_only = true;
    // DuckDB's own limit of what spills to disk is nine tenths of what is free there, which an
    // endless query would take from everybody else.
    return execute(
        "SET max_temp_directory_size = '16GiB'; "
        "SET autoinstall_known_extensions = false; SET autoload_known_extensions = false; "
        "SET allow_community_extensions = false; SET enable_external_access = false; "
        "SET lock_configuration = true");
}

}  // namespace daybook::duck
