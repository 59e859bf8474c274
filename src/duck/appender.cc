#include "duck/appender.h"

#include <utility>

#include "duck/connection_handle.h"
#include "duck/logical_type.h"
#include "duck/sql.h"

namespace daybook::duck {

struct Appender::Handle {
    duckdb_appender appender = nullptr;
    duckdb_data_chunk chunk = nullptr;
    std::vector<ColumnType> types;

    Handle() = default;
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() {
        if (chunk) api().destroy_data_chunk(&chunk);
        if (appender) api().appender_destroy(&appender);
    }

    Error error() const {
        const char* message = api().appender_error(appender);
        return sql_error(message ? message : "append: DuckDB gives no reason");
    }
};

Appender::Appender(std::unique_ptr<Handle> handle)
    : handle_(std::move(handle)),
      writer_(std::make_unique<ChunkWriter>(handle_->chunk, handle_->types)) {}
Appender::Appender(Appender&&) noexcept = default;
Appender& Appender::operator=(Appender&&) noexcept = default;
Appender::~Appender() = default;

Result<Appender> Appender::open(Connection& connection, const std::string& table,
                                std::vector<ColumnType> types) {
    auto handle = std::make_unique<Handle>();
    handle->types = std::move(types);
    if (api().appender_create_ext(connection.handle_->connection, nullptr, nullptr, table.c_str(),
                                  &handle->appender) != DuckDBSuccess) {
        return fail(handle->error().with_context("append to " + table));
    }
    std::vector<LogicalType> owned;
    std::vector<duckdb_logical_type> logical;
    for (const ColumnType type : handle->types) logical.push_back(owned.emplace_back(type).get());
    handle->chunk = api().create_data_chunk(logical.data(), logical.size());
    return Appender(std::move(handle));
}

Result<std::size_t> Appender::add_row() {
    if (rows_ == ChunkWriter::rows_max()) RETURN_IF_ERROR(hand_over());
    return rows_++;
}

Status Appender::hand_over() {
    if (rows_ == 0) return {};
    api().data_chunk_set_size(handle_->chunk, rows_);
    if (api().append_data_chunk(handle_->appender, handle_->chunk) != DuckDBSuccess) {
        return fail(handle_->error());
    }
    api().data_chunk_reset(handle_->chunk);
    writer_ = std::make_unique<ChunkWriter>(handle_->chunk, handle_->types);
    rows_ = 0;
    return {};
}

Status Appender::finish() {
    RETURN_IF_ERROR(hand_over());
    if (api().appender_close(handle_->appender) != DuckDBSuccess) return fail(handle_->error());
    return {};
}

}  // namespace daybook::duck
