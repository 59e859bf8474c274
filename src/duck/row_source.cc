#include "duck/row_source.h"

#include <utility>

#include "duck/connection_handle.h"
#include "duck/logical_type.h"

namespace daybook::duck {
namespace {

// What DuckDB keeps for a registered source, for as long as the database is open.
struct Registered {
    std::shared_ptr<RowSource> source;
    std::vector<SourceColumn> columns;
};

struct Share {
    std::unique_ptr<RowScan> scan;
    std::vector<ColumnType> types;
};

template <typename T>
void destroy(void* object) {
    delete static_cast<T*>(object);
}

void bind(duckdb_bind_info info) {
    const auto* registered = static_cast<Registered*>(api().bind_get_extra_info(info));
    for (const SourceColumn& column : registered->columns) {
        api().bind_add_result_column(info, column.name.c_str(), LogicalType(column.type).get());
    }
    api().bind_set_cardinality(info, registered->source->rows_estimate(), false);
}

void init(duckdb_init_info info) {
    const auto* registered = static_cast<Registered*>(api().init_get_extra_info(info));
    api().init_set_max_threads(info, registered->source->threads_max());
    registered->source->begin_scan();
}

void init_share(duckdb_init_info info) {
    const auto* registered = static_cast<Registered*>(api().init_get_extra_info(info));
    std::vector<std::size_t> positions;
    auto share = std::make_unique<Share>();
    for (idx_t i = 0; i < api().init_get_column_count(info); ++i) {
        const std::size_t position = api().init_get_column_index(info, i);
        // count(*) reads no column and names one that does not exist.
        if (position >= registered->columns.size()) continue;
        positions.push_back(position);
        share->types.push_back(registered->columns[position].type);
    }
    share->scan = registered->source->begin_share(positions);
    api().init_set_init_data(info, share.release(), &destroy<Share>);
}

void fill(duckdb_function_info info, duckdb_data_chunk chunk) {
    auto* share = static_cast<Share*>(api().function_get_local_init_data(info));
    ChunkWriter writer(chunk, share->types);
    const Result<std::size_t> rows = share->scan->fill(writer);
    if (!rows) {
        api().function_set_error(info, rows.error().message().c_str());
        return;
    }
    api().data_chunk_set_size(chunk, *rows);
}

}  // namespace

Status Connection::register_source(const std::string& name, std::shared_ptr<RowSource> source) {
    auto registered = std::make_unique<Registered>();
    registered->columns = source->columns();
    registered->source = std::move(source);

    duckdb_table_function function = api().create_table_function();
    api().table_function_set_name(function, name.c_str());
    api().table_function_set_extra_info(function, registered.release(), &destroy<Registered>);
    api().table_function_set_bind(function, &bind);
    api().table_function_set_init(function, &init);
    api().table_function_set_local_init(function, &init_share);
    api().table_function_set_function(function, &fill);
    api().table_function_supports_projection_pushdown(function, true);
    const duckdb_state state = api().register_table_function(handle_->connection, function);
    api().destroy_table_function(&function);
    if (state != DuckDBSuccess) {
        return fail(ErrorCode::kInternal, "register source {}: DuckDB refuses; is the name taken?",
                    name);
    }
    return {};
}

}  // namespace daybook::duck
