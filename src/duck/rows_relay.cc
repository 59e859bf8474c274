#include "duck/rows_relay.h"

#include <utility>

#include "duck/connection_handle.h"
#include "duck/rows_handle.h"

namespace daybook::duck {

struct RowsRelay::State {
    explicit State(Rows& borrowed) : rows(borrowed) {}

    duckdb_result* result() const { return &rows.handle_->result; }
    duckdb_data_chunk chunk() const { return rows.handle_->chunk; }

    Rows& rows;
    std::optional<Error> error;
};

namespace {

// DuckDB keeps it for as long as the function's database is open, which is longer than the rows
// need to live.
using Shared = std::shared_ptr<RowsRelay::State>;

void destroy(void* object) { delete static_cast<Shared*>(object); }

void bind(duckdb_bind_info info) {
    const Shared& state = *static_cast<Shared*>(api().bind_get_extra_info(info));
    for (std::size_t i = 0; i < state->rows.column_count(); ++i) {
        duckdb_logical_type type = api().column_logical_type(state->result(), i);
        api().bind_add_result_column(info, fmt::format("c{}", i).c_str(), type);
        api().destroy_logical_type(&type);
    }
}

// One thread: the rows come in order, and Rows are used by one thread at a time.
void init(duckdb_init_info info) { api().init_set_max_threads(info, 1); }

void fill(duckdb_function_info info, duckdb_data_chunk out) {
    const Shared& state = *static_cast<Shared*>(api().function_get_extra_info(info));
    const Result<bool> more = state->rows.next_chunk();
    if (!more) {
        state->error = more.error();
        api().function_set_error(info, more.error().message().c_str());
        return;
    }
    const std::size_t count = *more ? state->rows.chunk_size() : 0;
    for (std::size_t i = 0; count > 0 && i < state->rows.column_count(); ++i) {
        api().vector_reference_vector(api().data_chunk_get_vector(out, i),
                                      api().data_chunk_get_vector(state->chunk(), i));
    }
    api().data_chunk_set_size(out, count);
}

}  // namespace

RowsRelay::RowsRelay(Rows& rows) : state_(std::make_shared<State>(rows)) {}
RowsRelay::~RowsRelay() = default;

const std::optional<Error>& RowsRelay::error() const { return state_->error; }

Status RowsRelay::attach(Connection& connection, const std::string& name) {
    duckdb_table_function function = api().create_table_function();
    api().table_function_set_name(function, name.c_str());
    api().table_function_set_extra_info(function, std::make_unique<Shared>(state_).release(),
                                        &destroy);
    api().table_function_set_bind(function, &bind);
    api().table_function_set_init(function, &init);
    api().table_function_set_function(function, &fill);
    const duckdb_state state =
        api().register_table_function(connection.handle_->connection, function);
    api().destroy_table_function(&function);
    if (state != DuckDBSuccess) {
        return fail(ErrorCode::kInternal, "relay rows as {}: DuckDB refuses; is the name taken?",
                    name);
    }
    return {};
}

}  // namespace daybook::duck
