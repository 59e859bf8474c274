#include "index/list_source.h"

#include <algorithm>
#include <utility>

namespace daybook::index {

// Threads draw blocks of as many rows as a chunk takes.
class ListScan final : public duck::RowScan {
public:
    ListScan(ListSource& list, std::span<const std::size_t> columns)
        : list_(list), columns_(columns.begin(), columns.end()) {}

    Result<std::size_t> fill(duck::ChunkWriter& out) override {
        const std::size_t block = duck::ChunkWriter::rows_max();
        const std::size_t begin = list_.next_.fetch_add(block);
        if (begin >= list_.count_) return std::size_t{0};
        const std::size_t rows = std::min(block, list_.count_ - begin);
        for (std::size_t c = 0; c < columns_.size(); ++c) {
            duck::ColumnWriter& column = out.column(c);
            for (std::size_t row = 0; row < rows; ++row) {
                list_.write_(begin + row, columns_[c], column, row);
            }
        }
        return rows;
    }

private:
    ListSource& list_;
    std::vector<std::size_t> columns_;
};

void ListSource::set(std::size_t count, Write write) {
    count_ = count;
    write_ = std::move(write);
}

std::size_t ListSource::threads_max() const {
    constexpr std::size_t kThreadsMax = 64;
    return std::clamp<std::size_t>(count_ / duck::ChunkWriter::rows_max(), 1, kThreadsMax);
}

std::unique_ptr<duck::RowScan> ListSource::begin_share(std::span<const std::size_t> columns) {
    return std::make_unique<ListScan>(*this, columns);
}

}  // namespace daybook::index
