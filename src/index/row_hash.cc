#include "index/row_hash.h"

#include <bit>
#include <cmath>
#include <limits>

#include "duck/sql.h"

namespace daybook::index {

void RowHasher::put_bool(bool value) {
    bytes_ += '\x01';
    bytes_ += value ? '\x01' : '\0';
}

void RowHasher::put_int(std::int64_t value) {
    bytes_ += '\x02';
    for (int shift = 0; shift < 64; shift += 8) {
        bytes_ += static_cast<char>((static_cast<std::uint64_t>(value) >> shift) & 0xFF);
    }
}

void RowHasher::put_double(double value) {
    if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
    put_int(std::bit_cast<std::int64_t>(value));
    bytes_[bytes_.size() - 9] = '\x03';
}

void RowHasher::put_size(std::size_t size) {
    for (int shift = 0; shift < 32; shift += 8) {
        bytes_ += static_cast<char>((size >> shift) & 0xFF);
    }
}

void RowHasher::put_text(std::string_view text) {
    bytes_ += '\x04';
    put_size(text.size());
    bytes_ += text;
}

Hash128 RowHasher::hash(const TableSpec& table, std::span<const Cell> cells,
                        std::span<const std::string_view> texts) {
    bytes_.clear();
    put_text(table.name);
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (table.columns[i].role == Role::kDerived) continue;
        const Cell& cell = cells[i];
        switch (cell.kind()) {
            case Cell::Kind::kBool: put_bool(cell.as_bool()); break;
            case Cell::Kind::kInt: put_int(cell.as_int()); break;
            case Cell::Kind::kDouble: put_double(cell.as_double()); break;
            case Cell::Kind::kText: put_text(cell.as_text()); break;
            case Cell::Kind::kTexts:
                bytes_ += '\x05';
                put_size(cell.count());
                for (const auto text : texts.subspan(cell.begin(), cell.count())) put_text(text);
                break;
            case Cell::Kind::kNull:
            case Cell::Kind::kNumbers: put_null(); break;
        }
    }
    return xxh3_128(bytes_);
}

Hash128 RowHasher::hash(const TableSpec& table, const duck::Rows& rows) {
    bytes_.clear();
    put_text(table.name);
    std::size_t at = 0;
    for (const Column& column : table.columns) {
        if (column.role == Role::kDerived) continue;
        const std::size_t i = at++;
        if (rows.is_null(i)) {
            put_null();
            continue;
        }
        switch (column.type) {
            case Type::kBool: put_bool(rows.get_bool(i)); break;
            case Type::kInt: put_int(rows.get_int64(i)); break;
            case Type::kDouble: put_double(rows.get_double(i)); break;
            case Type::kText:
            case Type::kJson: put_text(rows.get_string(i)); break;
            case Type::kTexts: {
                const auto [offset, length] = rows.elements(i);
                const duck::Column elements = rows.column(i).child(0);
                bytes_ += '\x05';
                put_size(length);
                for (std::size_t e = 0; e < length; ++e) put_text(elements.get_string(offset + e));
                break;
            }
            case Type::kNumbers: put_null(); break;
        }
    }
    return xxh3_128(bytes_);
}

std::string digest_columns(const TableSpec& table) {
    std::string columns;
    for (const Column& column : table.columns) {
        if (column.role == Role::kDerived) continue;
        if (!columns.empty()) columns += ", ";
        columns += duck::quote_identifier(column.name);
    }
    return columns;
}

}  // namespace daybook::index
