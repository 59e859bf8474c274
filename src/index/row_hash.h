// The hash of an index row: what the digest adds up.
//
// A row's bytes are the name of its table and then its columns in the order of tables.h, those left
// out whose role is kDerived:
//
//     NULL       00
//     BOOLEAN    01, one byte: 00 or 01
//     BIGINT     02, eight bytes, little-endian
//     DOUBLE     03, the eight bytes of the IEEE 754 number, little-endian; a NaN as that of
//                7ff8000000000000
//     text       04, four bytes with the length, little-endian, and the bytes; the table's name too
//     VARCHAR[]  05, four bytes with the number of elements, and each as a text
//
// The hash is XXH3-128 of these bytes, and the digest the sum of all rows' hashes modulo 2^128.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "duck/rows.h"
#include "index/cell.h"
#include "index/tables.h"

namespace daybook::index {

// Not thread-safe: one a thread.
class RowHasher {
public:
    // `cells` as staged; `texts` holds the elements of VARCHAR[] cells.
    Hash128 hash(const TableSpec& table, std::span<const Cell> cells,
                 std::span<const std::string_view> texts);

    // The current row of `rows`, whose columns must be those that digest_columns() names.
    Hash128 hash(const TableSpec& table, const duck::Rows& rows);

private:
    void put_null() { bytes_ += '\0'; }
    void put_bool(bool value);
    void put_int(std::int64_t value);
    void put_double(double value);
    void put_text(std::string_view text);
    void put_size(std::size_t size);

    std::string bytes_;
};

// "run_id", "key", …: the columns that count, quoted and parted by commas.
std::string digest_columns(const TableSpec& table);

}  // namespace daybook::index
