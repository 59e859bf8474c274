#include "duck/rows.h"

#include <utility>

#include "duck/rows_handle.h"
#include "duck/sql.h"

namespace daybook::duck {

Rows::Rows(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {
    duckdb_result* result = &handle_->result;
    for (idx_t i = 0; i < api().column_count(result); ++i) {
        names_.emplace_back(api().column_name(result, i));
        duckdb_logical_type type = api().column_logical_type(result, i);
        types_.push_back(describe_type(type));
        api().destroy_logical_type(&type);
    }
}

Rows::Rows(Rows&&) noexcept = default;
Rows& Rows::operator=(Rows&&) noexcept = default;
Rows::~Rows() = default;

std::uint64_t Rows::rows_changed() const { return api().rows_changed(&handle_->result); }

Result<bool> Rows::next_chunk() {
    columns_.clear();
    chunk_size_ = 0;
    row_ = 0;
    if (handle_->chunk) api().destroy_data_chunk(&handle_->chunk);
    handle_->chunk = api().fetch_chunk(handle_->result);
    if (!handle_->chunk) {
        const char* error = api().result_error(&handle_->result);
        if (error && *error) return fail(sql_error(error));
        return false;
    }
    chunk_size_ = api().data_chunk_get_size(handle_->chunk);
    if (chunk_size_ == 0) return false;
    for (std::size_t i = 0; i < types_.size(); ++i) {
        columns_.emplace_back(types_[i], api().data_chunk_get_vector(handle_->chunk, i));
    }
    return true;
}

Result<bool> Rows::next() {
    if (in_chunk_ && ++row_ < chunk_size_) return true;
    ASSIGN_OR_RETURN(in_chunk_, next_chunk());
    return in_chunk_;
}

}  // namespace daybook::duck
