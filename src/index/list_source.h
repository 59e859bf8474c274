// A table function over a list that we hold: how batches reach SQL.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "duck/row_source.h"

namespace daybook::index {

class ListSource final : public duck::RowSource {
public:
    // Writes column `column` of element `index` to row `row` of `out`.  Called from several
    // threads.
    using Write = std::function<void(std::size_t index, std::size_t column, duck::ColumnWriter& out,
                                     std::size_t row)>;

    explicit ListSource(std::vector<duck::SourceColumn> columns) : columns_(std::move(columns)) {}

    // What the next statements read.  Not while one is running.
    void set(std::size_t count, Write write);
    void clear() { set(0, nullptr); }

    std::vector<duck::SourceColumn> columns() const override { return columns_; }
    std::size_t rows_estimate() const override { return count_; }
    std::size_t threads_max() const override;
    void begin_scan() override { next_ = 0; }
    std::unique_ptr<duck::RowScan> begin_share(std::span<const std::size_t> columns) override;

private:
    friend class ListScan;
    std::vector<duck::SourceColumn> columns_;
    std::size_t count_ = 0;
    Write write_;
    std::atomic<std::size_t> next_{0};
};

}  // namespace daybook::index
