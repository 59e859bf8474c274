#include "artifact/table.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/check.h"

namespace daybook::artifact {

using duck::ColumnType;

// Hands the rows out in order, so to one thread.
class TableSource final : public duck::RowSource {
public:
    explicit TableSource(Table table) : table_(std::move(table)) {}

    std::vector<duck::SourceColumn> columns() const override {
        std::vector<duck::SourceColumn> specs;
        for (const auto& column : table_.columns_) specs.push_back(column.spec);
        return specs;
    }
    std::size_t rows_estimate() const override { return table_.rows_; }
    std::unique_ptr<duck::RowScan> begin_share(std::span<const std::size_t> columns) override {
        return std::make_unique<Scan>(table_, columns);
    }

private:
    class Scan final : public duck::RowScan {
    public:
        Scan(const Table& table, std::span<const std::size_t> columns)
            : table_(table), wanted_(columns.begin(), columns.end()) {}

        Result<std::size_t> fill(duck::ChunkWriter& out) override {
            const std::size_t count = std::min(duck::ChunkWriter::rows_max(), table_.rows_ - next_);
            for (std::size_t i = 0; i < wanted_.size(); ++i) {
                fill_column(table_.columns_[wanted_[i]], out.column(i), count);
            }
            next_ += count;
            return count;
        }

    private:
        void fill_column(const Table::Column& from, duck::ColumnWriter& to, std::size_t count) {
            for (std::size_t i = 0; i < count; ++i) {
                const std::size_t row = next_ + i;
                if (from.nulls[row]) {
                    to.set_null(i);
                    continue;
                }
                switch (from.spec.type) {
                    case ColumnType::kBoolean: to.set_bool(i, from.integers[row] != 0); break;
                    case ColumnType::kBigint: to.set_int64(i, from.integers[row]); break;
                    case ColumnType::kDouble: to.set_double(i, from.doubles[row]); break;
                    default: to.lend_text(i, from.texts[row]); break;
                }
            }
        }

        const Table& table_;
        std::vector<std::size_t> wanted_;
        std::size_t next_ = 0;
    };

    Table table_;
};

Table::Table(std::vector<duck::SourceColumn> columns) {
    for (duck::SourceColumn& spec : columns) {
        DAYBOOK_CHECK(spec.type == ColumnType::kBoolean || spec.type == ColumnType::kBigint ||
                      spec.type == ColumnType::kDouble || spec.type == ColumnType::kVarchar);
        columns_.push_back(
            {.spec = std::move(spec), .integers = {}, .doubles = {}, .texts = {}, .nulls = {}});
    }
}

void Table::add_row(std::initializer_list<Cell> cells) {
    DAYBOOK_CHECK(cells.size() == columns_.size());
    auto column = columns_.begin();
    for (const Cell& cell : cells) {
        const bool null = std::holds_alternative<std::monostate>(cell.value());
        column->nulls.push_back(null);
        const auto* boolean = std::get_if<bool>(&cell.value());
        const auto* integer = std::get_if<std::int64_t>(&cell.value());
        const auto* number = std::get_if<double>(&cell.value());
        const auto* text = std::get_if<std::string_view>(&cell.value());
        switch (column->spec.type) {
            case ColumnType::kBoolean:
                DAYBOOK_CHECK(null || boolean != nullptr);
                column->integers.push_back(boolean != nullptr && *boolean ? 1 : 0);
                break;
            case ColumnType::kBigint:
                DAYBOOK_CHECK(null || integer != nullptr);
                column->integers.push_back(integer != nullptr ? *integer : 0);
                break;
            case ColumnType::kDouble:
                DAYBOOK_CHECK(null || number != nullptr);
                column->doubles.push_back(number != nullptr ? *number : 0);
                break;
            default:
                DAYBOOK_CHECK(null || text != nullptr);
                column->texts.emplace_back(text != nullptr ? *text : std::string_view());
                break;
        }
        ++column;
    }
    ++rows_;
}

std::shared_ptr<duck::RowSource> Table::source() && {
    return std::make_shared<TableSource>(std::move(*this));
}

}  // namespace daybook::artifact
